import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { slugOf } from '../lib/format.ts';
import { atLeast } from '../lib/session.ts';
import { SelectField, TextField } from './field.tsx';
import { Form } from './form.tsx';

/** Opening a site, for those who speak for an organisation. */
export function NewSite() {
  const organisations = useQuery(api.organisations.list.queryOptions({ input: { limit: 200 } }));
  const mine = (organisations.data?.items ?? []).filter(({ myRole }) => atLeast(myRole, 'maintainer'));
  const [organisation, setOrganisation] = useState('');
  const [title, setTitle] = useState('');
  const create = useMutation(
    api.sites.create.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: api.sites.key() }),
    }),
  );
  if (mine.length === 0) return null;
  const name = slugOf(title);
  return (
    <details className="rounded-lg border border-line bg-surface px-5 py-3">
      <summary className="font-medium">Lend compute of an organisation</summary>
      <div className="max-w-md py-4">
        <Form
          submit="Open the site"
          busy={create.isPending}
          error={create.error}
          onSubmit={() => create.mutate({ name, organisation: organisation || (mine[0]?.slug ?? ''), title })}
        >
          <SelectField
            label="Organisation"
            value={organisation || (mine[0]?.slug ?? '')}
            onChange={setOrganisation}
            options={mine.map((one) => [one.slug, one.title])}
          />
          <TextField
            label="Title"
            value={title}
            onChange={setTitle}
            required
            help={name === '' ? 'As in “Hydrology cluster”.' : `Its name in addresses: ${name}`}
          />
        </Form>
      </div>
    </details>
  );
}
