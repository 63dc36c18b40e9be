import type { Deployment } from '@banyan/contract';
import { Link } from '@tanstack/react-router';
import { StateBadge } from './badge.tsx';
import { PersonLink, RepositoryLink } from './links.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

export function DeploymentList({ deployments }: { deployments: readonly Deployment[] }) {
  return (
    <Table
      caption="Served models"
      items={deployments}
      keyOf={(deployment) => deployment.name}
      columns={[
        {
          head: 'Name',
          render: ({ name }) => (
            <Link to="/deployments/$name" params={{ name }} className="text-link">
              {name}
            </Link>
          ),
        },
        { head: 'State', render: ({ state }) => <StateBadge state={state} /> },
        { head: 'Model', render: ({ model }) => <RepositoryLink kind="model" path={model} /> },
        { head: 'Open to', render: ({ visibility }) => visibility },
        { head: 'Requests', numeric: true, render: ({ requests }) => requests },
        { head: 'By', render: ({ createdBy }) => <PersonLink username={createdBy} /> },
        { head: 'Since', render: ({ createdAt }) => <When at={createdAt} /> },
      ]}
    />
  );
}
