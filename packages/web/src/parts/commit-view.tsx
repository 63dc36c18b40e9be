import type { Repository } from '@banyan/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, hub } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { ChangeList } from './change-list.tsx';
import { FailureNote } from './failure-note.tsx';
import { Section } from './layout.tsx';
import { PersonLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { PlaceLink } from './place-link.tsx';
import { When } from './when.tsx';

/** One version: what it says of itself, and what it changed against the one before. */
export function CommitView({ repository, commit }: { repository: Repository; commit: string }) {
  const at = { kind: repository.kind, ...splitPath(repository.path) };
  const diff = useQuery(api.versions.diff.queryOptions({ input: { ...at, to: commit, limit: 1 } }));
  return (
    <Loaded query={diff}>
      {({ from, to }) => (
        <Section
          title={to.message.split('\n')[0] ?? 'A version'}
          aside={
            <PlaceLink to={{ tab: 'versions' }} className="text-link text-sm">
              All versions
            </PlaceLink>
          }
        >
          <div className="space-y-2 text-sm">
            {to.description !== undefined && (
              <p className="max-w-prose whitespace-pre-wrap">{to.description}</p>
            )}
            <p className="text-muted">
              <PersonLink username={to.author} />, <When at={to.createdAt} /> ·{' '}
              <code className="break-all">{to.id}</code>
              {from && (
                <>
                  {' · after '}
                  <PlaceLink
                    to={{ tab: 'versions', commit: from.id }}
                    className="text-link font-mono text-xs"
                  >
                    {from.id.slice(0, 10)}
                  </PlaceLink>
                </>
              )}
            </p>
            <div className="flex flex-wrap items-center gap-2">
              <PlaceLink to={{ tab: 'files', revision: to.id }}>Its files</PlaceLink>
              {repository.access.write && from && <Revert repository={repository} commit={to.id} />}
            </div>
          </div>
          {repository.access.read && (
            <ChangeList repository={repository} to={to.id} {...(from && { from: from.id })} />
          )}
        </Section>
      )}
    </Loaded>
  );
}

/** Asks once more: the undoing is a version of its own, which can be undone as well. */
function Revert({ repository, commit }: { repository: Repository; commit: string }) {
  const [asked, ask] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const revert = useMutation({
    mutationFn: () => hub.versions.revert({ kind: repository.kind, ...splitPath(repository.path), commit }),
    onSuccess: async (made) => {
      await queries.invalidateQueries();
      await navigate({ to: '.', search: { tab: 'versions', commit: made.id } });
    },
  });
  return (
    <>
      {asked ? (
        <>
          <Button small look="danger" busy={revert.isPending} onClick={() => revert.mutate()}>
            Yes, undo it on main
          </Button>
          <Button small onClick={() => ask(false)}>
            Keep it
          </Button>
        </>
      ) : (
        <Button small onClick={() => ask(true)}>
          Undo this change
        </Button>
      )}
      {revert.error !== null && (
        <div className="w-full">
          <FailureNote error={revert.error} />
        </div>
      )}
    </>
  );
}
