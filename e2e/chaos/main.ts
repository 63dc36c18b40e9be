import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../hub-process.ts';

/** A test of the suite in its long form: often, and with kills at random moments. */
interface Check {
  title: string;
  file: string;
  /** The one test of the file, when it has several. */
  test?: string;
  env: (rounds: number) => Record<string, string>;
  /** Whether the test counts its rounds itself, or is started anew for each. */
  inOne?: boolean;
}

const anyMoment = () => ({ BANYAN_KILL_WITHIN_MS: '1500' });
const checks: Record<string, Check> = {
  crash: {
    title: 'hub and database killed under load: nothing acknowledged is lost',
    file: 'packages/hub/src/crash.test.ts',
    env: (rounds) => ({ BANYAN_CRASH_ROUNDS: String(4 * rounds), BANYAN_CRASH_SECONDS: '3' }),
    inOne: true,
  },
  resume: {
    title: 'worker killed while it trains: the same weights from another one',
    file: 'e2e/resume.test.ts',
    env: anyMoment,
  },
  serving: {
    title: 'worker killed while it serves: 503 with Retry-After, then another one answers',
    file: 'e2e/failover.test.ts',
    test: 'serves on',
    env: anyMoment,
  },
  training: {
    title: 'hub killed while a worker trains: the same attempt ends, every step is there',
    file: 'e2e/failover.test.ts',
    test: 'trains on',
    env: anyMoment,
  },
};

const help = `npm run chaos -- [--rounds N] [NAME ...]

Kills what runs, at random moments, N times each (5), and checks what must hold:

${Object.entries(checks)
  .map(([name, { title }]) => `  ${name.padEnd(10)}${title}`)
  .join('\n')}
`;

/** Runs a test file once; shows what it said when it failed. */
async function passes({ file, test }: Check, env: Record<string, string>): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const filter = test === undefined ? [] : ['-t', test];
  const child = spawn(process.execPath, [vitest, 'run', file, ...filter], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) process.stdout.write(Buffer.concat(said));
  return code === 0;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '5' }, help: { type: 'boolean', short: 'h' } },
  });
  const rounds = Number(values.rounds);
  const unknown = positionals.find((name) => !Object.hasOwn(checks, name));
  if (values.help || unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
    process.stdout.write(help);
    return values.help ? 0 : 2;
  }
  const chosen = Object.entries(checks).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  const summary: string[] = [];
  let failures = 0;
  for (const [name, check] of chosen) {
    const startedAt = performance.now();
    const times = check.inOne ? 1 : rounds;
    let passed = 0;
    for (let round = 1; round <= times; round++) {
      console.log(`${name} ${round}/${times}: ${check.title}`);
      if (await passes(check, check.env(rounds))) passed += 1;
    }
    failures += times - passed;
    const kills = check.inOne ? 4 * rounds : times;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    const verdict = passed === times ? 'ok  ' : 'FAIL';
    summary.push(`${verdict} ${name.padEnd(10)}${kills} kills, ${times - passed} failures, ${seconds} s`);
  }
  console.log(`\n${summary.join('\n')}`);
  return failures === 0 ? 0 : 1;
}

process.exit(await main());
