import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, queryClient } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { Button, buttonClass } from './button.tsx';
import { FailureNote } from './failure-note.tsx';

/** Serves a model, or leads to where it is served already. */
export function DeployButton({ model }: { model: string }) {
  const navigate = useNavigate();
  const project = splitPath(model).namespace;
  const deployments = useQuery(api.deployments.list.queryOptions({ input: { project } }));
  const served = deployments.data?.items.find(
    (one) => one.model === model && (one.state === 'ready' || one.state === 'starting'),
  );
  const deploy = useMutation(
    api.deployments.create.mutationOptions({
      onSuccess: async ({ name }) => {
        await queryClient.invalidateQueries({ queryKey: api.deployments.key() });
        await navigate({ to: '/deployments/$name', params: { name } });
      },
    }),
  );
  if (served !== undefined)
    return (
      <Link to="/deployments/$name" params={{ name: served.name }} className={buttonClass('primary')}>
        Try it
      </Link>
    );
  return (
    <div className="space-y-2">
      <Button look="primary" busy={deploy.isPending} onClick={() => deploy.mutate({ model })}>
        Deploy
      </Button>
      {deploy.error !== null && <FailureNote error={deploy.error} />}
    </div>
  );
}
