import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import { atLeast } from '../lib/session.ts';
import { buttonClass } from '../parts/button.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Members } from '../parts/members.tsx';
import { RepositoryList } from '../parts/repository-list.tsx';

export function OrganisationPage() {
  const { slug } = useParams({ from: '/organisations/$slug' });
  const organisation = useQuery(api.organisations.get.queryOptions({ input: { slug } }));
  const repositories = useQuery(
    api.repositories.list.queryOptions({ input: { namespace: slug, limit: 200 } }),
  );
  return (
    <Loaded query={organisation}>
      {(data) => (
        <Page
          title={data.title}
          above="Organisation"
          lead={
            <p className="text-sm">
              {data.kind.replace('-', ' ')}
              {data.country !== undefined && ` · ${data.country}`}
              {data.homepage !== undefined && (
                <>
                  {' · '}
                  <a href={data.homepage} rel="noopener noreferrer" className="text-link">
                    {data.homepage}
                  </a>
                </>
              )}
            </p>
          }
          actions={
            atLeast(data.myRole, 'contributor') && (
              <Link to="/new-dataset" search={{ namespace: slug }} className={buttonClass()}>
                Add a dataset
              </Link>
            )
          }
        >
          <Section title="Datasets and models">
            <Loaded query={repositories}>
              {({ items }) =>
                items.length === 0 ? (
                  <Empty title="Nothing shared yet" />
                ) : (
                  <RepositoryList repositories={items} />
                )
              }
            </Loaded>
          </Section>
          <Section title="Members">
            <Members namespace={slug} myRole={data.myRole} />
          </Section>
        </Page>
      )}
    </Loaded>
  );
}
