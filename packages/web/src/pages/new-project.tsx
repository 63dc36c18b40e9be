import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { slugOf } from '../lib/format.ts';
import { TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Page, Panel } from '../parts/layout.tsx';
import { ProjectFields } from '../parts/project-fields.tsx';

export function NewProjectPage() {
  const navigate = useNavigate();
  const [title, setTitle] = useState('');
  const [slug, setSlug] = useState('');
  const [description, setDescription] = useState('');
  const [visibility, setVisibility] = useState<'private' | 'public'>('private');
  const [partners, setPartners] = useState<readonly string[]>([]);
  const create = useMutation(
    api.projects.create.mutationOptions({
      onSuccess: async (project) => {
        await queryClient.invalidateQueries({ queryKey: api.key() });
        await navigate({ to: '/projects/$slug', params: { slug: project.slug } });
      },
    }),
  );
  return (
    <div className="mx-auto max-w-xl">
      <Page title="Start a project" lead="You will own it; invite others once it stands.">
        <Panel>
          <Form
            submit="Start the project"
            busy={create.isPending}
            error={create.error}
            onSubmit={() =>
              create.mutate({ slug, title, description, visibility, organisations: [...partners] })
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
            <TextField
              label="Name in addresses"
              value={slug}
              required
              mono
              onChange={setSlug}
              help={`/projects/${slug || '…'}; its datasets and models live under this name.`}
            />
            <TextField label="Description" value={description} onChange={setDescription} rows={4} />
            <ProjectFields {...{ visibility, setVisibility, partners, setPartners }} />
          </Form>
        </Panel>
      </Page>
    </div>
  );
}
