import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { api, queryClient } from '../lib/api.ts';
import { FailureNote } from '../parts/failure-note.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { PersonLink } from '../parts/links.tsx';
import { Loading } from '../parts/loaded.tsx';
import { ProjectList } from '../parts/project-list.tsx';
import { RepositoryList } from '../parts/repository-list.tsx';

export function SearchPage() {
  const { q } = useSearch({ from: '/search' });
  const repositories = useQuery(api.repositories.list.queryOptions({ input: { search: q } }));
  const people = useQuery(api.people.list.queryOptions({ input: { search: q } }));
  const projects = useQuery(api.projects.list.queryOptions({ input: { limit: 200 } }));
  const words = q.toLowerCase();
  const found = {
    projects: (projects.data?.items ?? []).filter(({ title, slug, description }) =>
      `${title} ${slug} ${description}`.toLowerCase().includes(words),
    ),
    datasets: (repositories.data?.items ?? []).filter(({ kind }) => kind === 'dataset'),
    models: (repositories.data?.items ?? []).filter(({ kind }) => kind === 'model'),
    people: people.data?.items ?? [],
  };
  const failed = [repositories, people, projects].find(({ error }) => error !== null);
  const pending = repositories.isPending || people.isPending || projects.isPending;
  const nothing = Object.values(found).every((items) => items.length === 0);
  return (
    <Page title={q === '' ? 'Everything' : `Found for “${q}”`}>
      {pending && <Loading />}
      {failed !== undefined && (
        <FailureNote error={failed.error} retry={() => void queryClient.refetchQueries({ type: 'active' })} />
      )}
      {!pending && failed === undefined && nothing && (
        <Empty title="Nothing was found">
          Try fewer or shorter words. What is private to others is never found.
        </Empty>
      )}
      {found.projects.length > 0 && (
        <Section title="Projects">
          <ProjectList projects={found.projects} />
        </Section>
      )}
      {found.datasets.length > 0 && (
        <Section title="Datasets">
          <RepositoryList repositories={found.datasets} />
        </Section>
      )}
      {found.models.length > 0 && (
        <Section title="Models">
          <RepositoryList repositories={found.models} />
        </Section>
      )}
      {found.people.length > 0 && (
        <Section title="People">
          <ul className="space-y-1">
            {found.people.map((person) => (
              <li key={person.username}>
                <PersonLink username={person.username}>{person.name}</PersonLink>{' '}
                <span className="text-sm text-muted">{person.expertise.join(', ')}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  );
}
