/** `npm run tour`: the whole chain on real data, live; see --help. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, newFolder, startHub, stopProcess } from '../hub-process.ts';
import { digits } from './digits.ts';
import { movies } from './movies.ts';
import { penguins } from './penguins.ts';
import { meet } from './people.ts';
import { report } from './report.ts';
import * as say from './say.ts';
import { weather } from './weather.ts';
import { whale } from './whale.ts';
import type { World } from './world.ts';

const help = `npm run tour -- [--exit] [--json FILE] [--port PORT]

Sets up a hub with two institutions and a project, and does the main job end to end on real data: consent, prepare,
race, explain, deploy; the data room; forecast, autoencoder, language model. Under 8 minutes on two cores.

  --exit       stop at the end instead of serving on; exit code 0 only if every step succeeded
  --json FILE  write the results as JSON
  --port PORT  where the hub listens (default 8686, or a free port if that is taken)
`;

const { values: flags } = parseArgs({
  options: {
    exit: { type: 'boolean', default: false },
    json: { type: 'string' },
    port: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (flags.help) {
  console.log(help);
  process.exit(0);
}

const home = await newFolder('banyan-tour-');
const pictures = join(home, 'pictures');
await mkdir(pictures);
const steps: { name: string; ok: boolean; seconds: number; error?: string }[] = [];
const hub = await startHub({ home: join(home, 'hub'), port: await freePort(Number(flags.port ?? 8686)) });
const world: { now?: World } = {};
let stopping: Promise<void> | undefined;

function stop(): Promise<void> {
  stopping ??= (async () => {
    await Promise.all((world.now?.workers ?? []).map(stopProcess));
    await hub.stop();
    await rm(home, { recursive: true, force: true });
  })();
  return stopping;
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    say.line('stopping ...');
    void stop().then(() => process.exit(flags.exit ? 1 : 0));
  });

async function step(name: string, work: () => Promise<void>): Promise<boolean> {
  const startedAt = performance.now();
  const error = await work().then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  steps.push({ name, ok: error === undefined, seconds, ...(error === undefined ? {} : { error }) });
  if (error !== undefined) say.line(`FAILED: ${error}`);
  return error === undefined;
}

say.heading(`A hub is ready at ${hub.url}`);
const met = await step('people', async () => {
  world.now = await meet(hub, pictures);
});
if (met && world.now !== undefined) {
  const here = world.now;
  for (const [name, chapter] of Object.entries({ penguins, movies, weather, digits, whale, report }))
    await step(name, () => chapter(here));
}

const failed = steps.filter(({ ok }) => !ok);
if (flags.json !== undefined) {
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' };
  const results = { seconds: say.elapsedSeconds(), machine, steps, results: world.now?.results ?? [] };
  await writeFile(flags.json, `${JSON.stringify(results, undefined, 2)}\n`);
}
say.heading(
  failed.length === 0
    ? `All ${steps.length} steps succeeded in ${(say.elapsedSeconds() / 60).toFixed(1)} minutes.`
    : `${failed.length} of ${steps.length} steps failed: ${failed.map(({ name }) => name).join(', ')}.`,
);
if (flags.exit || stopping !== undefined) {
  await stop();
  process.exit(failed.length === 0 ? 0 : 1);
}
say.line('Serving on. Ctrl-C stops everything.');
