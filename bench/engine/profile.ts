/**
 * Where the time of a training step goes: ONNX Runtime's own profile on one thread, by operator, and the floating-point
 * operations a second that its matrix products reach, beside those of a large product alone: the machine's limit.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createGraph,
  createRandom,
  type Feeds,
  gemm,
  gradients,
  openSession,
  type Program,
  type Tensor,
  type TensorData,
  toOnnx,
} from '@banyan/engine';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { BenchOptions } from '../bench.ts';
import { type Figure, median } from '../figures.ts';
import { type Case, cases, prepare } from './cases.ts';

const RUNS = 10;
/** Operators that get a line of their own. */
const LINES = 8;

export async function profile({ say, only }: BenchOptions): Promise<Figure[]> {
  console.log(
    `A product of two matrices of 1,024 by 1,024 on one thread: ${(await limit()).toFixed(0)} GFLOP/s`,
  );
  for (const [name, one] of Object.entries(cases).filter(
    ([key]) => only.length === 0 || only.includes(key),
  )) {
    say(`${one.title} ...`);
    console.log(`\n${one.title}\n${reportOf(await profileOf(name, one))}`);
  }
  return [];
}

/** Billions of operations a second in one large product. */
async function limit(): Promise<number> {
  const graph = createGraph();
  const size = 1024;
  const [a, b] = [graph.input('a', 'float32', [size, size]), graph.input('b', 'float32', [size, size])];
  const session = await openSession(toOnnx(graph, { inputs: [a, b], outputs: { y: gemm(a, b) } }), {
    threads: 1,
  });
  const random = createRandom(1);
  const feeds = { a: drawn(() => random.uniform(), a), b: drawn(() => random.uniform(), b) };
  const ms: number[] = [];
  for (let run = 0; run < 30; run += 1) {
    const startedAt = performance.now();
    await session.run(feeds);
    ms.push(performance.now() - startedAt);
  }
  await session.close();
  return (2 * size ** 3) / median(ms) / 1e6;
}

interface KernelTime {
  us: number;
  count: number;
  flop: number;
}

/** The time of each operator in one step, in microseconds. */
async function profileOf(name: string, one: Case): Promise<Map<string, KernelTime>> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-profile-'));
  try {
    const { program, batch } = prepare(one);
    const session = await InferenceSession.create(trainingFile(program), {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      enableProfiling: true,
      profileFilePrefix: join(folder, name),
      logSeverityLevel: 3,
    });
    const feeds = runtimeFeeds(program, batch);
    for (let run = 0; run < RUNS; run += 1) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    return summed(JSON.parse(await readFile(join(folder, file!), 'utf8')) as ProfileEvent[]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function trainingFile({ graph, inputs, loss }: Program): Uint8Array {
  const slopes = gradients(loss, graph.parameters);
  const named = graph.parameters.map(({ name }, index) => [`gradient/${name}`, slopes[index]!] as const);
  return toOnnx(graph, { inputs, outputs: { loss, ...Object.fromEntries(named) } });
}

function runtimeFeeds(
  { graph, inputs }: Program,
  batch: Record<string, TensorData['data']>,
): Record<string, RuntimeTensor> {
  const random = createRandom(1);
  const values: Feeds = Object.fromEntries([
    ...inputs.map(({ name, dtype, shape }) => [
      name,
      { dtype, shape: shape as number[], data: batch[name]! },
    ]),
    ...graph.parameters.map((parameter) => [parameter.name, drawn(() => 0.05 * random.normal(), parameter)]),
  ]);
  return Object.fromEntries(
    Object.entries(values).map(([name, { dtype, shape, data }]) => [
      name,
      new RuntimeTensor(dtype as 'float32', data as Float32Array, shape),
    ]),
  );
}

function drawn(next: () => number, { shape }: Tensor): TensorData {
  const length = (shape as number[]).reduce((product, dim) => product * dim, 1);
  return { dtype: 'float32', shape: shape as number[], data: Float32Array.from({ length }, next) };
}

interface ProfileEvent {
  cat: string;
  name: string;
  dur: number;
  args: {
    op_name?: string;
    input_type_shape?: Record<string, number[]>[];
    output_type_shape?: Record<string, number[]>[];
  };
}

function summed(events: readonly ProfileEvent[]): Map<string, KernelTime> {
  const times = new Map<string, KernelTime>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || args.op_name === undefined) continue;
    const { us, count, flop } = times.get(args.op_name) ?? { us: 0, count: 0, flop: 0 };
    times.set(args.op_name, {
      us: us + dur / RUNS,
      count: count + 1 / RUNS,
      flop: flop + flopOf(args) / RUNS,
    });
  }
  return times;
}

const products = new Set(['Gemm', 'FusedGemm', 'MatMul', 'FusedMatMul']);
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/**
 * 2 m k n of one product, times the batch: from the sizes of A (m k), B (k n) and Y (m n),
 * (m k)(k n)(m n) = (m k n)^2. A factor without the batch's axes serves all of it.
 */
function flopOf({ op_name, input_type_shape = [], output_type_shape = [] }: ProfileEvent['args']): number {
  if (op_name === undefined || !products.has(op_name)) return 0;
  const shapes = [input_type_shape[0], input_type_shape[1], output_type_shape[0]].map(
    (typed) => Object.values(typed ?? {})[0] ?? [],
  );
  const batch = sizeOf(shapes[2]!.slice(0, -2));
  const matrix = (shape: readonly number[]) => sizeOf(shape) / (shape.length > 2 ? batch : 1);
  return 2 * batch * Math.sqrt(shapes.map(matrix).reduce((product, size) => product * size, 1));
}

function reportOf(times: ReadonlyMap<string, KernelTime>): string {
  const sorted = [...times].sort(([, a], [, b]) => b.us - a.us);
  const total = sorted.reduce((sum, [, { us }]) => sum + us, 0);
  const line = (name: string, us: number, count: number, flop: number) =>
    `  ${name.padEnd(24)}${(us / 1000).toFixed(2).padStart(9)} ms${((100 * us) / total).toFixed(1).padStart(7)} %${String(Math.round(count)).padStart(7)} nodes` +
    (flop > 0 ? `${(flop / us / 1000).toFixed(0).padStart(6)} GFLOP/s` : '');
  const rest = sorted.slice(LINES);
  return [
    ...sorted.slice(0, LINES).map(([name, { us, count, flop }]) => line(name, us, count, flop)),
    line(
      'the rest',
      rest.reduce((sum, [, { us }]) => sum + us, 0),
      rest.reduce((sum, [, { count }]) => sum + count, 0),
      0,
    ),
    line(
      'all kernels',
      total,
      sorted.reduce((sum, [, { count }]) => sum + count, 0),
      0,
    ),
  ].join('\n');
}
