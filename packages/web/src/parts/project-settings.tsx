import type { Project } from '@banyan/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { CheckField, SelectField, TextField } from './field.tsx';
import { Form } from './form.tsx';
import { Panel } from './layout.tsx';

export function ProjectSettings({ project }: { project: Project }) {
  const [title, setTitle] = useState(project.title);
  const [description, setDescription] = useState(project.description);
  const [visibility, setVisibility] = useState(project.visibility);
  const [partners, setPartners] = useState(project.organisations.map(({ slug }) => slug));
  const organisations = useQuery(api.organisations.list.queryOptions({ input: { limit: 200 } }));
  const update = useMutation(
    api.projects.update.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: api.projects.key() }),
    }),
  );
  return (
    <Panel className="max-w-xl">
      <Form
        submit={update.isSuccess ? 'Saved' : 'Save'}
        busy={update.isPending}
        error={update.error}
        onSubmit={() =>
          update.mutate({ slug: project.slug, title, description, visibility, organisations: partners })
        }
      >
        <TextField label="Title" value={title} onChange={setTitle} required />
        <TextField label="Description" value={description} onChange={setDescription} rows={5} />
        <SelectField
          label="Who may see it"
          value={visibility}
          onChange={(value) => setVisibility(value === 'public' ? 'public' : 'private')}
          options={[
            ['private', 'Members only'],
            ['public', 'Everybody on this hub'],
          ]}
        />
        <fieldset className="space-y-2">
          <legend className="mb-1 text-sm font-medium">Organisations that take part</legend>
          {organisations.data?.items.map((one) => (
            <CheckField
              key={one.slug}
              label={one.title}
              checked={partners.includes(one.slug)}
              onChange={(checked) =>
                setPartners(checked ? [...partners, one.slug] : partners.filter((slug) => slug !== one.slug))
              }
            />
          ))}
        </fieldset>
      </Form>
    </Panel>
  );
}
