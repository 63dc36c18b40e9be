import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createGraph } from '../create-graph.ts';
import { zeros } from '../initializers.ts';
import { linear } from '../layers/dense.ts';
import { reduceMean, relu } from '../operators.ts';
import { createRandom } from '../random.ts';
import { type ClassicName, classics, hashes, hashOf, trainClassic } from '../testing/classics.ts';
import { tinyProgram, trainTiny } from './tiny.ts';
import { createTrainer, type TrainerOptions } from './trainer.ts';

const names = Object.keys(classics) as ClassicName[];
const deterministic = { lane: 'deterministic' } as const;

test.each(names)('the deterministic lane trains %s to the one hash of every machine', async (name) => {
  const { trainer, losses } = await trainClassic(name, 50, deterministic);
  expect(trainer.runtime).toMatchObject({ name: 'onnxruntime-web', provider: 'wasm', threads: 1 });
  expect(await hashOf(trainer)).toBe(hashes[name]);
  await trainer.close();

  // The native lane rounds differently, and goes the same way.
  const native = await trainClassic(name, 50, { threads: 1 });
  for (const [step, loss] of native.losses.entries()) expect(loss).toBeCloseTo(losses[step] as number, 3);
  await native.trainer.close();
});

/** Another of V8's compilers of WebAssembly, and the instructions of an older processor. */
const older = [
  '--liftoff-only',
  ...(process.arch === 'x64' ? ['--no-enable-avx', '--no-enable-avx2', '--no-enable-fma3'] : []),
];

test('another process computes the same bits in the deterministic lane, as on an older machine', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...older,
    '--input-type=module-typescript',
    '--eval',
    `import { hashOf, trainClassic } from ${JSON.stringify(new URL('../testing/classics.ts', import.meta.url).href)};
     for (const name of ${JSON.stringify(names)}) {
       const { trainer } = await trainClassic(name, 50, { lane: 'deterministic', threads: 2 });
       console.log(await hashOf(trainer));
     }`,
  ]);
  expect(stdout.trim().split('\n')).toEqual(names.map((name) => hashes[name]));
});

const options: TrainerOptions = { optimizer: { kind: 'sgd', learningRate: 0.1 }, seed: 1 };

test('a checkpoint goes on in its own lane, to the bit, and is refused by the other', async () => {
  const straight = await createTrainer(tinyProgram(), { ...options, ...deterministic });
  const first = await createTrainer(tinyProgram(), { ...options, ...deterministic });
  await trainTiny(straight, createRandom('data'), 10);
  await trainTiny(first, createRandom('data'), 10);
  const second = await createTrainer(tinyProgram(), { ...options, ...deterministic, seed: 2 });
  second.restore(first.checkpoint());
  await trainTiny(second, createRandom('more'), 5);
  await trainTiny(straight, createRandom('more'), 5);
  expect(second.checkpoint()).toEqual(straight.checkpoint());

  const native = await createTrainer(tinyProgram(), options);
  expect(() => native.restore(first.checkpoint())).toThrow(
    'trained with lane "deterministic", this run has "native"',
  );
  expect(() => first.restore(native.checkpoint())).toThrow(
    'trained with lane "native", this run has "deterministic"',
  );
  for (const trainer of [straight, first, second, native]) await trainer.close();
});

test('what does not fit the memory of WebAssembly is refused before it runs', async () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [1_000_000, 4]);
  const wide = relu(linear(x, graph.parameter('w', [4, 600], zeros)));
  const program = { graph, inputs: [x], loss: reduceMean(wide), measures: {} };
  await expect(
    createTrainer(program, { ...options, ...deterministic, memoryLimitBytes: Infinity }),
  ).rejects.toMatchObject({
    code: 'memory',
    message: expect.stringMatching(/in WebAssembly, whose memory ends at 4\.3 GB.*the native lane in Node/),
  });
});

test('the deterministic lane has one provider, and says where a NaN comes from', async () => {
  await expect(
    createTrainer(tinyProgram(), { ...options, ...deterministic, provider: 'native' }),
  ).rejects.toThrow('the deterministic lane runs on wasm, not on native');
  const trainer = await createTrainer(tinyProgram(), { ...options, ...deterministic });
  const x = new Float32Array(80).fill(Number.NaN, 3, 4);
  await expect(trainer.step({ x, y: new Int32Array(16) })).rejects.toThrow(/x \[3\] = NaN/);
  await trainer.close();
});
