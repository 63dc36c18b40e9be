import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty, Facts, Page, Section } from '../parts/layout.tsx';
import { ProjectLink } from '../parts/links.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { When } from '../parts/when.tsx';

export function PersonPage() {
  const { username } = useParams({ from: '/people/$username' });
  const person = useQuery(api.people.get.queryOptions({ input: { username } }));
  return (
    <Loaded query={person}>
      {(data) => (
        <Page title={data.name} above={data.username} lead={data.biography}>
          <Facts
            facts={[
              ['Expertise', data.expertise.join(', ')],
              ['Languages', data.languages.join(', ')],
              [
                'ORCID',
                data.orcid === undefined ? undefined : (
                  <a
                    key="orcid"
                    href={`https://orcid.org/${data.orcid}`}
                    rel="noopener noreferrer"
                    className="text-link"
                  >
                    {data.orcid}
                  </a>
                ),
              ],
              ['Here since', <When key="since" at={data.createdAt} />],
            ]}
          />
          <Section title="Belongs to">
            {data.memberships.length === 0 ? (
              <Empty title="No shared organisation or project" />
            ) : (
              <ul className="space-y-2">
                {data.memberships.map(({ namespace, kind, title, role }) => (
                  <li key={namespace} className="flex items-baseline gap-3">
                    {kind === 'project' ? (
                      <ProjectLink slug={namespace}>{title}</ProjectLink>
                    ) : (
                      <Link to="/organisations/$slug" params={{ slug: namespace }} className="text-link">
                        {title}
                      </Link>
                    )}
                    <span className="text-sm text-muted">{kind}</span>
                    <Badge>{role}</Badge>
                  </li>
                ))}
              </ul>
            )}
          </Section>
        </Page>
      )}
    </Loaded>
  );
}
