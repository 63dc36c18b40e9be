import type { FormEvent, ReactNode } from 'react';
import { Button } from './button.tsx';
import { FailureNote } from './failure-note.tsx';

/** A form that sends itself once, shows the hub's refusal and keeps what was typed. */
export function Form({
  onSubmit,
  busy,
  error,
  submit,
  look = 'primary',
  children,
}: {
  onSubmit: () => void;
  busy: boolean;
  error: unknown;
  submit: string;
  look?: 'primary' | 'plain';
  children: ReactNode;
}) {
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) onSubmit();
  };
  return (
    <form onSubmit={send} className="space-y-5">
      {children}
      {error !== null && error !== undefined && <FailureNote error={error} />}
      <Button type="submit" look={look} busy={busy}>
        {submit}
      </Button>
    </form>
  );
}
