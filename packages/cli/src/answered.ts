import type { Json } from '@banyan/contract';
import { formatNumber } from './amounts.ts';
import type { Context } from './command.ts';
import { pause } from './follow.ts';
import { openProgress } from './progress-line.ts';

type Pending = { state: 'pending'; message?: string | undefined };

/** Asks until a worker has answered; says meanwhile what is waited for. */
export async function answered<T extends { state: string }>(
  { shell, json }: Context,
  call: () => Promise<T | Pending>,
): Promise<Exclude<T, Pending>> {
  const line = openProgress(shell, json);
  try {
    for (;;) {
      const answer = await call();
      if (answer.state !== 'pending') return answer as Exclude<T, Pending>;
      const { message } = answer as Pending;
      line.show({ phase: message ?? 'a worker is reading the data', done: 0, unit: 'steps' });
      await pause(shell.signal, 'the question is still with a worker; ask again');
    }
  } finally {
    line.end();
  }
}

const shownCharacters = 40;

/** A cell of a table on a terminal: one line, no control characters. */
export function showCell(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return formatNumber(value);
  const { width, height } = typeof value === 'object' && !Array.isArray(value) ? value : {};
  if (typeof width === 'number' && typeof height === 'number') return `image ${width} x ${height}`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters - 1)}…` : line;
}
