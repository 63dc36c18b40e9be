import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { slugOf } from '../lib/format.ts';
import { atLeast, useMe } from '../lib/session.ts';
import { SelectField, TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Page, Panel } from '../parts/layout.tsx';

const visibilities = [
  ['private', 'Private: only members of the namespace know of it'],
  ['gated', 'Gated: everybody sees the card, files need your consent'],
  ['public', 'Public: everybody on this hub may use it'],
] as const;

export function NewDatasetPage() {
  const { namespace: wanted } = useSearch({ from: '/new-dataset' });
  const me = useMe();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState(wanted);
  const [title, setTitle] = useState('');
  const [name, setName] = useState('');
  const [licence, setLicence] = useState('');
  const [visibility, setVisibility] = useState<(typeof visibilities)[number][0]>('private');
  const [text, setText] = useState('');
  const create = useMutation(
    api.repositories.create.mutationOptions({
      onSuccess: async (repository) => {
        await queryClient.invalidateQueries({ queryKey: api.repositories.key() });
        const [namespace = '', name = ''] = repository.path.split('/');
        await navigate({
          to: '/datasets/$namespace/$name',
          params: { namespace, name },
          search: { tab: 'files' },
        });
      },
    }),
  );
  const username = me.data?.person.username;
  const places = [
    ...(username === undefined ? [] : [[username, `${username} (me)`] as const]),
    ...(me.data?.memberships ?? [])
      .filter(({ role }) => atLeast(role, 'contributor'))
      .map(({ namespace, title, kind }) => [namespace, `${title} (${kind})`] as const),
  ];
  const namespace = chosen ?? places[0]?.[0] ?? '';
  return (
    <div className="mx-auto max-w-xl">
      <Page title="Add a dataset" lead="First its place and its terms; then you drop the files in.">
        <Panel>
          <Form
            submit="Continue to the files"
            busy={create.isPending}
            error={create.error}
            onSubmit={() =>
              create.mutate({
                kind: 'dataset',
                namespace,
                name,
                title,
                visibility,
                ...(licence === '' ? {} : { licence }),
                terms: { text },
              })
            }
          >
            <TextField
              label="Title"
              value={title}
              required
              onChange={(next) => {
                if (name === slugOf(title)) setName(slugOf(next));
                setTitle(next);
              }}
            />
            <SelectField label="Belongs to" value={namespace} onChange={setChosen} options={places} />
            <TextField
              label="Name in addresses"
              value={name}
              onChange={setName}
              required
              mono
              help={`${namespace}/${name || '…'}`}
            />
            <SelectField
              label="Who may see and use it"
              value={visibility}
              onChange={(value) =>
                setVisibility(visibilities.find(([key]) => key === value)?.[0] ?? 'private')
              }
              options={visibilities}
            />
            <TextField
              label="Licence (optional)"
              value={licence}
              onChange={setLicence}
              placeholder="CC-BY-4.0"
              help="A short name as in SPDX: CC0-1.0, CC-BY-4.0, ODbL-1.0, ..."
            />
            <TextField
              label="Terms of use (optional)"
              value={text}
              onChange={setText}
              rows={4}
              help="What those who use it agree to. Everybody who asks for access accepts them."
            />
          </Form>
        </Panel>
      </Page>
    </div>
  );
}
