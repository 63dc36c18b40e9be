import type { Grant } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { StateBadge } from './badge.tsx';
import { Button } from './button.tsx';
import { FailureNote } from './failure-note.tsx';
import { TextField } from './field.tsx';
import { PersonLink, RepositoryLink } from './links.tsx';
import { When } from './when.tsx';

const refresh = () => queryClient.invalidateQueries({ queryKey: api.grants.key() });

/** Consent asked for and given: who wants what, for which purpose, and the buttons to decide. */
export function GrantRequests({ grants }: { grants: readonly Grant[] }) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
      {grants.map((grant) => (
        <li key={grant.id} className="space-y-2 px-4 py-4 text-sm">
          <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
            <span>
              The {grant.subject.kind} <strong>{grant.subject.slug}</strong> ·{' '}
              {grant.resource.kind === 'site' ? (
                <>site {grant.resource.name}</>
              ) : (
                <>
                  {grant.resource.kind}{' '}
                  <RepositoryLink kind={grant.resource.kind} path={grant.resource.path} />
                </>
              )}
            </span>
            <StateBadge state={grant.state} />
          </div>
          <p>{grant.purpose}</p>
          <p className="text-xs text-muted">
            Asked by <PersonLink username={grant.requestedBy} /> <When at={grant.createdAt} />
            {grant.algorithms !== undefined && ` · algorithms: ${grant.algorithms.join(', ')}`}
            {grant.until !== undefined && ` · until ${new Date(grant.until).toLocaleDateString()}`}
            {grant.decidedBy !== undefined && ` · decided by ${grant.decidedBy}`}
            {grant.note !== undefined && ` · “${grant.note}”`}
          </p>
          {grant.state === 'requested' && <Decision id={grant.id} />}
          {grant.state === 'granted' && <Withdraw id={grant.id} />}
        </li>
      ))}
    </ul>
  );
}

function Decision({ id }: { id: string }) {
  const [note, setNote] = useState('');
  const decide = useMutation(api.grants.decide.mutationOptions({ onSuccess: refresh }));
  const send = (decision: 'grant' | 'deny') =>
    decide.mutate({ id, decision, ...(note === '' ? {} : { note }) });
  return (
    <div className="space-y-3 pt-1">
      <div className="max-w-md">
        <TextField label="Note to them (optional)" value={note} onChange={setNote} />
      </div>
      <div className="flex gap-2">
        <Button small look="primary" busy={decide.isPending} onClick={() => send('grant')}>
          Grant
        </Button>
        <Button small look="danger" busy={decide.isPending} onClick={() => send('deny')}>
          Deny
        </Button>
      </div>
      {decide.error !== null && <FailureNote error={decide.error} />}
    </div>
  );
}

function Withdraw({ id }: { id: string }) {
  const revoke = useMutation(api.grants.revoke.mutationOptions({ onSuccess: refresh }));
  const ask = () => {
    if (
      window.confirm('Withdraw this consent? Work that uses it stops, and what waits for it does not start.')
    )
      revoke.mutate({ id });
  };
  return (
    <div className="space-y-2">
      <Button small look="danger" busy={revoke.isPending} onClick={ask}>
        Withdraw consent
      </Button>
      {revoke.error !== null && <FailureNote error={revoke.error} />}
    </div>
  );
}
