import type { Deployment } from '@banyan/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { readManifest } from '../lib/manifest.ts';
import { StateBadge } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Empty, Facts, Page, Section } from '../parts/layout.tsx';
import { PersonLink, ProjectLink, RepositoryLink } from '../parts/links.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { TryImage } from '../parts/try-image.tsx';
import { TryRow } from '../parts/try-row.tsx';
import { TrySeries } from '../parts/try-series.tsx';
import { TryText } from '../parts/try-text.tsx';
import { When } from '../parts/when.tsx';

/** A served model to try, and how to call it from a program. */
export function DeploymentPage() {
  const { name } = useParams({ from: '/deployments/$name' });
  const deployment = useQuery(
    api.deployments.get.queryOptions({
      input: { name },
      refetchInterval: ({ state }) => (state.data?.state === 'starting' ? 1000 : 15_000),
    }),
  );
  return (
    <Loaded query={deployment}>
      {(data) => (
        <Page
          title={data.name}
          above={
            <>
              Served model in <ProjectLink slug={data.project} />
            </>
          }
          lead={
            <p className="flex flex-wrap items-center gap-3 text-sm">
              <StateBadge state={data.state} />
              {data.message !== undefined && <span>{data.message}</span>}
            </p>
          }
          actions={<Stop deployment={data} />}
        >
          <Section title="Try it">
            <TryIt deployment={data} />
          </Section>
          <Section title="Facts">
            <Facts
              facts={[
                ['Model', <RepositoryLink key="model" kind="model" path={data.model} />],
                ['Version', <code key="commit">{data.commit.slice(0, 10)}</code>],
                [
                  'Open to',
                  data.visibility === 'public' ? 'everybody on this hub' : `members of ${data.project}`,
                ],
                ['Requests', data.requests],
                ['Served by', <PersonLink key="by" username={data.createdBy} />],
                ['Since', <When key="since" at={data.createdAt} />],
                ...addressesOf(data),
              ]}
            />
          </Section>
        </Page>
      )}
    </Loaded>
  );
}

/** A text model writes and answers no rows, so it has only OpenAI's addresses; any other model has only the others. */
function addressesOf({ addresses }: Deployment): (readonly [string, ReactNode])[] {
  const { predict, infer, chat, completions } = addresses;
  const told =
    completions === undefined
      ? { JSON: predict, 'Open Inference': infer }
      : { Completions: completions, Chat: chat };
  return Object.entries(told).map(([protocol, address]) => [
    protocol,
    <code key={protocol} className="break-all">
      {address}
    </code>,
  ]);
}

function TryIt({ deployment }: { deployment: Deployment }) {
  if (deployment.state === 'starting')
    return <Empty title="Starting">A worker fetches and opens the model. This takes a few seconds.</Empty>;
  if (deployment.state !== 'ready')
    return (
      <Empty title="Not served now">{deployment.message ?? 'Deploy it again from the model’s page.'}</Empty>
    );
  const manifest = readManifest(deployment.manifest);
  if (manifest === undefined) return <Empty title="This model’s inputs cannot be shown" />;
  if (manifest.task === 'generation') return <TryText deployment={deployment} />;
  if (manifest.inputs.some(({ type }) => type === 'image'))
    return <TryImage deployment={deployment} manifest={manifest} />;
  if (manifest.window !== undefined) return <TrySeries deployment={deployment} manifest={manifest} />;
  return <TryRow deployment={deployment} manifest={manifest} />;
}

function Stop({ deployment }: { deployment: Deployment }) {
  const stop = useMutation(
    api.deployments.stop.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: api.deployments.key() }),
    }),
  );
  if (deployment.state !== 'ready' && deployment.state !== 'starting') return null;
  return (
    <div className="space-y-2">
      <Button
        look="danger"
        busy={stop.isPending}
        onClick={() => {
          if (window.confirm('Stop serving? Programs that call this address will fail.'))
            stop.mutate({ name: deployment.name });
        }}
      >
        Stop serving
      </Button>
      {stop.error !== null && <FailureNote error={stop.error} />}
    </div>
  );
}
