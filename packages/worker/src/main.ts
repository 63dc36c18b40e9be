/** Entry of a worker process. Settings come from BANYAN_WORKER_* (see settings.ts); SIGTERM and SIGINT give jobs back. */
import { HubError } from '@banyan/contract';
import { readSettings, SettingsError } from './settings.ts';
import { runWorker } from './worker.ts';

const leaving = new AbortController();
let leftMs: number | undefined;
let code = 0;

function leave(exitCode: number): void {
  // Ctrl-C reaches this process from the terminal and again from its parent; a later one means at once. Leases then expire by themselves.
  if (leftMs !== undefined && Date.now() - leftMs > 1000) process.exit(exitCode);
  if (leftMs === undefined) [leftMs, code] = [Date.now(), exitCode];
  leaving.abort();
}
process.on('SIGINT', () => leave(130));
process.on('SIGTERM', () => leave(0));
// A parent that opened a channel and died without a word takes its worker with it.
process.on('disconnect', () => leave(0));
// It may have died before the line above.
if ('connected' in process && !process.connected) leave(0);

const say = (line: string): void => console.log(`worker: ${line}`);

try {
  await runWorker(readSettings(process.env), say, leaving.signal);
  process.exit(code);
} catch (error) {
  console.error(`worker: ${error instanceof Error ? error.message : String(error)}`);
  const hint = error instanceof HubError ? error.details?.hint : undefined;
  if (hint !== undefined) console.error(`hint: ${hint}`);
  process.exit(error instanceof SettingsError ? 2 : 1);
}
