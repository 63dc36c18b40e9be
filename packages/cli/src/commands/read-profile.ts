import type { Json } from '@banyan/contract';
import type { Context } from '../command.ts';
import { pause } from '../follow.ts';
import { openProgress } from '../progress-line.ts';
import { CliError } from '../refusal.ts';
import { parsePath } from '../values.ts';

/** The profile; waits while a worker makes it. */
export async function readProfile(
  { hub, shell, json }: Context,
  path: string,
  revision: string,
): Promise<{ profile: Json; rows: Record<string, Json>[] }> {
  const line = openProgress(shell, json);
  try {
    for (;;) {
      const state = await hub.repositories.profile({ kind: 'dataset', ...parsePath(path), revision });
      if (state.profile !== undefined) return { profile: state.profile, rows: state.rows ?? [] };
      if (state.state !== 'pending')
        throw new CliError(`There is no profile of ${path}: ${state.message ?? state.state}.`, {
          code: 'NO_PROFILE',
        });
      line.show({ phase: 'a worker is reading the data', done: 0, unit: 'steps' });
      await pause(shell.signal, 'the profile is still being made');
    }
  } finally {
    line.end();
  }
}
