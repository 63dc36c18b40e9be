/** Entry of a worker process. Settings come from BANYAN_WORKER_* (see settings.ts); SIGTERM and SIGINT give jobs back. */
import { constants } from 'node:os';
import { HubError } from '@banyan/contract';
import { readSettings, SettingsError } from './settings.ts';
import { runWorker } from './worker.ts';

const leaving = new AbortController();
let received: 'SIGINT' | 'SIGTERM' | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // A second signal means now; the leases then expire by themselves.
    if (received !== undefined) process.exit(128 + constants.signals[signal]);
    received = signal;
    leaving.abort();
  });

const say = (line: string): void => console.log(`worker: ${line}`);

try {
  await runWorker(readSettings(process.env), say, leaving.signal);
  process.exit(received === 'SIGINT' ? 130 : 0);
} catch (error) {
  console.error(`worker: ${error instanceof Error ? error.message : String(error)}`);
  const hint = error instanceof HubError ? error.details?.hint : undefined;
  if (hint !== undefined) console.error(`hint: ${hint}`);
  process.exit(error instanceof SettingsError ? 2 : 1);
}
