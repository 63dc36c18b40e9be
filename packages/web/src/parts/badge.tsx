import type { ReactNode } from 'react';

export type Tone = 'plain' | 'good' | 'bad' | 'warn';
const tones: Record<Tone, string> = {
  plain: 'bg-sunken text-muted',
  good: 'bg-accent-soft text-accent',
  bad: 'bg-danger-soft text-danger',
  warn: 'bg-warning-soft text-warning',
};

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${tones[tone]}`}
    >
      {children}
    </span>
  );
}

const stateTones: Record<string, Tone> = {
  succeeded: 'good',
  finished: 'good',
  ready: 'good',
  granted: 'good',
  idle: 'good',
  running: 'good',
  busy: 'good',
  starting: 'warn',
  queued: 'warn',
  pending: 'warn',
  requested: 'warn',
  failed: 'bad',
  dead: 'bad',
  lost: 'bad',
  denied: 'bad',
  revoked: 'bad',
};
const moving = new Set(['running', 'starting', 'busy']);

/** The state of a run, job, worker, grant or deployment: in words, the colour only repeats them. */
export function StateBadge({ state }: { state: string }) {
  return (
    <Badge tone={stateTones[state] ?? 'plain'}>
      {moving.has(state) && (
        <span aria-hidden="true" className="size-1.5 animate-pulse rounded-full bg-current" />
      )}
      {state}
    </Badge>
  );
}
