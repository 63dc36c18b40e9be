import { useQuery } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import { JobList } from '../parts/job-list.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { NewSite } from '../parts/new-site.tsx';
import { SitePanel } from '../parts/site-panel.tsx';

export function ComputePage() {
  const sites = useQuery(api.sites.list.queryOptions({ input: { limit: 200 }, refetchInterval: 5000 }));
  const running = useQuery(
    api.jobs.list.queryOptions({ input: { state: 'running', limit: 200 }, refetchInterval: 3000 }),
  );
  const queued = useQuery(
    api.jobs.list.queryOptions({ input: { state: 'queued', limit: 200 }, refetchInterval: 3000 }),
  );
  const recent = useQuery(api.jobs.list.queryOptions({ input: { limit: 30 }, refetchInterval: 5000 }));
  return (
    <Page
      title="Compute"
      lead="Institutions lend machines under their own rules. Workers call out to this hub; nothing calls in."
    >
      <Section title="Sites">
        <Loaded query={sites}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No sites yet">An organisation lends compute by opening a site, below.</Empty>
            ) : (
              <div className="space-y-4">
                {items.map((site) => (
                  <SitePanel key={site.name} site={site} />
                ))}
              </div>
            )
          }
        </Loaded>
        <NewSite />
      </Section>
      <Section title="Running">
        <Loaded query={running}>
          {({ items }) =>
            items.length === 0 ? <Empty title="Nothing runs now" /> : <JobList jobs={items} />
          }
        </Loaded>
      </Section>
      <Section title="Queue">
        <Loaded query={queued}>
          {({ items }) => (items.length === 0 ? <Empty title="Nothing waits" /> : <JobList jobs={items} />)}
        </Loaded>
      </Section>
      <Section title="Lately">
        <Loaded query={recent}>
          {({ items }) => {
            const ended = items.filter(({ state }) => state !== 'running' && state !== 'queued');
            return ended.length === 0 ? <Empty title="Nothing has ended yet" /> : <JobList jobs={ended} />;
          }}
        </Loaded>
      </Section>
    </Page>
  );
}
