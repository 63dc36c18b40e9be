import type { Project } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { TextField } from './field.tsx';
import { Form } from './form.tsx';
import { Panel } from './layout.tsx';
import { ProjectFields } from './project-fields.tsx';

export function ProjectSettings({ project }: { project: Project }) {
  const [title, setTitle] = useState(project.title);
  const [description, setDescription] = useState(project.description);
  const [visibility, setVisibility] = useState(project.visibility);
  const [partners, setPartners] = useState<readonly string[]>(project.organisations.map(({ slug }) => slug));
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
          update.mutate({ slug: project.slug, title, description, visibility, organisations: [...partners] })
        }
      >
        <TextField label="Title" value={title} onChange={setTitle} required />
        <TextField label="Description" value={description} onChange={setDescription} rows={5} />
        <ProjectFields {...{ visibility, setVisibility, partners, setPartners }} />
      </Form>
    </Panel>
  );
}
