import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { slugOf } from '../lib/format.ts';
import { CheckField, SelectField, TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Page, Panel } from '../parts/layout.tsx';

export function NewProjectPage() {
  const navigate = useNavigate();
  const organisations = useQuery(api.organisations.list.queryOptions({ input: { limit: 200 } }));
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
            <SelectField
              label="Who may see it"
              value={visibility}
              onChange={(value) => setVisibility(value === 'public' ? 'public' : 'private')}
              options={[
                ['private', 'Members only'],
                ['public', 'Everybody on this hub'],
              ]}
            />
            {(organisations.data?.items.length ?? 0) > 0 && (
              <fieldset className="space-y-2">
                <legend className="mb-1 text-sm font-medium">Organisations that take part</legend>
                {organisations.data?.items.map((one) => (
                  <CheckField
                    key={one.slug}
                    label={one.title}
                    checked={partners.includes(one.slug)}
                    onChange={(checked) =>
                      setPartners(
                        checked ? [...partners, one.slug] : partners.filter((slug) => slug !== one.slug),
                      )
                    }
                  />
                ))}
              </fieldset>
            )}
          </Form>
        </Panel>
      </Page>
    </div>
  );
}
