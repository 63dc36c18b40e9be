import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import { PersonLink, ProjectLink } from './links.tsx';

/** People, organisations and projects share one space of names: this finds out which of them a name is. */
export function NamespaceLink({ namespace }: { namespace: string }) {
  const lists = { input: { limit: 200 }, staleTime: 60_000 };
  const projects = useQuery(api.projects.list.queryOptions(lists));
  const organisations = useQuery(api.organisations.list.queryOptions(lists));
  if (projects.data?.items.some(({ slug }) => slug === namespace) === true)
    return <ProjectLink slug={namespace} />;
  if (organisations.data?.items.some(({ slug }) => slug === namespace) === true)
    return (
      <Link to="/organisations/$slug" params={{ slug: namespace }} className="text-link">
        {namespace}
      </Link>
    );
  if (projects.isPending || organisations.isPending) return <>{namespace}</>;
  return <PersonLink username={namespace} />;
}
