import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../../e2e/python/environment.ts';
import type { BenchOptions } from '../bench.ts';
import { type Figure, median } from '../figures.ts';
import { writeCsvOf, writeTable } from './tables.ts';

/** What a side says of one preparation. */
interface Taken {
  seconds: number;
  cpuSeconds: number;
  peakBytes: number;
  /** Of the training, validation and test splits. */
  rows: number[];
  /** Of the numbers in the training split, in the table's order. */
  medians: number[];
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const inGigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

/**
 * A table prepared end to end, read, imputed, encoded, scaled, split and written as Parquet, beside pandas and
 * scikit-learn: one and ten million rows, from CSV and from Parquet. `large`: a CSV larger than memory, ours alone.
 */
export async function data(options: BenchOptions): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-bench-'));
  try {
    if (options.only.includes('large')) return await large(folder, options);
    const figures: Figure[] = [];
    for (const millions of options.quick ? [1] : [1, 10])
      for (const format of ['csv', 'parquet'])
        figures.push(...(await compare(folder, millions, format, options)));
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of the rounds; both sides take turns. */
const rounds = (millions: number, quick: boolean): number => (quick || millions > 1 ? 1 : 3);

async function compare(
  folder: string,
  millions: number,
  format: string,
  { say, quick }: BenchOptions,
): Promise<Figure[]> {
  const table = join(folder, `table.${format}`);
  await writeTable(table, millions * 1e6);
  const found: { ours: Taken; theirs: Taken }[] = [];
  for (let round = 0; round < rounds(millions, quick); round++) {
    const theirs = await theirsOf(table, folder);
    const ours = await oursOf(table, folder, 3000);
    requireAlike(ours, theirs);
    found.push({ ours, theirs });
    for (const [name, { seconds, cpuSeconds, peakBytes }] of Object.entries({ ours, theirs }))
      say(
        `${millions} million rows of ${format}, ${name}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU, peak ${inGigabytes(peakBytes)}`,
      );
  }
  rmSync(table);
  return (['seconds', 'cpuSeconds'] as const).map((what) => {
    const ratios = found.map(({ ours, theirs }) => ours[what] / theirs[what]);
    return {
      bench: 'data',
      case: `prepare ${millions} million rows of ${format}`,
      peer: 'pandas and scikit-learn',
      ratio: median(ratios),
      ours: median(found.map(({ ours }) => ours[what])),
      theirs: median(found.map(({ theirs }) => theirs[what])),
      unit: what === 'seconds' ? 's' : 's of CPU',
      spread: [Math.min(...ratios), Math.max(...ratios)],
    };
  });
}

/** The same work: splits of the same sizes, and medians as near as two samples of the same values are. */
function requireAlike(ours: Taken, theirs: Taken): void {
  const differs = ours.rows.some((rows, i) => Math.abs(rows - theirs.rows[i]!) > 2);
  const far = ours.medians.some(
    (value, i) => !(Math.abs(value - theirs.medians[i]!) < 0.01 * Math.abs(value)),
  );
  if (differs || far || ours.medians.length !== theirs.medians.length)
    throw new Error(`not the same work: ${JSON.stringify({ ours, theirs })}`);
}

async function large(folder: string, { say, gigabytes }: BenchOptions): Promise<Figure[]> {
  const table = join(folder, 'table.csv');
  const bytes = await writeCsvOf(table, gigabytes * 1e9);
  say(`a CSV of ${inGigabytes(bytes)}`);
  const { seconds, cpuSeconds, peakBytes, rows } = await oursOf(table, folder, 2000);
  const millions = rows.reduce((sum, count) => sum + count, 0) / 1e6;
  say(
    `${millions.toFixed(1)} million rows in ${seconds.toFixed(0)} s (${cpuSeconds.toFixed(0)} s of CPU), peak ${inGigabytes(peakBytes)}`,
  );
  if (peakBytes > 4e9) throw new Error(`it took ${inGigabytes(peakBytes)} of memory, more than 4 GB`);
  return [];
}

function oursOf(table: string, folder: string, memoryMb: number): Promise<Taken> {
  const flags = ['--disable-warning=ExperimentalWarning', here('ours.ts')];
  return inFolder(folder, (out) => run(process.execPath, [...flags, table, out, String(memoryMb)]));
}

async function theirsOf(table: string, folder: string): Promise<Taken> {
  const python = await pythonEnvironment();
  return inFolder(folder, (out) => run(python, [here('prepare.py'), table, out]));
}

async function inFolder(folder: string, work: (out: string) => Promise<Taken>): Promise<Taken> {
  const out = join(folder, 'out');
  mkdirSync(out);
  try {
    return await work(out);
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** Runs a program on two threads; its last line is what it took. */
async function run(command: string, args: string[]): Promise<Taken> {
  const threads = { OMP_NUM_THREADS: '2', OPENBLAS_NUM_THREADS: '2', MKL_NUM_THREADS: '2' };
  const child = spawn(command, args, {
    env: { ...process.env, ...threads },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}`);
  return JSON.parse(text.trim().split('\n').at(-1)!) as Taken;
}
