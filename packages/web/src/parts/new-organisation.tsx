import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { slugOf } from '../lib/format.ts';
import { SelectField, TextField } from './field.tsx';
import { Form } from './form.tsx';

const kinds = [
  ['university', 'University'],
  ['company', 'Company'],
  ['public-lab', 'Public laboratory'],
  ['other', 'Other'],
] as const;

export function NewOrganisation() {
  const navigate = useNavigate();
  const [title, setTitle] = useState('');
  const [slug, setSlug] = useState('');
  const [kind, setKind] = useState<(typeof kinds)[number][0]>('university');
  const [country, setCountry] = useState('');
  const create = useMutation(
    api.organisations.create.mutationOptions({
      onSuccess: async (organisation) => {
        await queryClient.invalidateQueries({ queryKey: api.key() });
        await navigate({ to: '/organisations/$slug', params: { slug: organisation.slug } });
      },
    }),
  );
  return (
    <details className="rounded-lg border border-line bg-surface px-5 py-3">
      <summary className="font-medium">Found an organisation</summary>
      <div className="max-w-md py-4">
        <Form
          submit="Found it"
          busy={create.isPending}
          error={create.error}
          onSubmit={() =>
            create.mutate({
              slug,
              title,
              kind,
              ...(country === '' ? {} : { country: country.toUpperCase() }),
            })
          }
        >
          <TextField
            label="Title"
            value={title}
            required
            onChange={(next) => {
              if (slug === slugOf(title)) setSlug(slugOf(next));
              setTitle(next);
            }}
          />
          <TextField label="Name in addresses" value={slug} onChange={setSlug} required mono />
          <SelectField
            label="Kind"
            value={kind}
            onChange={(text) => setKind(kinds.find(([name]) => name === text)?.[0] ?? 'other')}
            options={kinds}
          />
          <TextField
            label="Country (optional)"
            value={country}
            onChange={setCountry}
            help="Two letters, as in CH, KE, JP."
          />
        </Form>
      </div>
    </details>
  );
}
