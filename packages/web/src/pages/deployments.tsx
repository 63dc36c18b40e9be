import { useQuery } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import { DeploymentList } from '../parts/deployment-list.tsx';
import { Empty, Page } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';

export function DeploymentsPage() {
  const deployments = useQuery(
    api.deployments.list.queryOptions({ input: { limit: 200 }, refetchInterval: 5000 }),
  );
  return (
    <Page
      title="Served models"
      lead="Models behind an address: try them here, or call them from your programs."
    >
      <Loaded query={deployments}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing is served">Open a model and choose “Deploy”.</Empty>
          ) : (
            <DeploymentList deployments={items} />
          )
        }
      </Loaded>
    </Page>
  );
}
