import { expect, test } from 'vitest';
import { gradients } from './backward.ts';
import { checkpointed } from './checkpointing.ts';
import { tensorData } from './dtype.ts';
import { toOnnx } from './onnx.ts';
import { createRandom } from './random.ts';
import { openSession } from './runtime/session.ts';
import { transformer } from './testing/models.ts';
import { trainInProcess } from './testing/process.ts';
import { orderForMemory } from './train/execution-order.ts';

const small = { rows: 2, context: 8, width: 12, heads: 2, layers: 3, vocabulary: 7 };

async function slopes(block?: typeof checkpointed, optimization: 'all' | 'disabled' = 'disabled') {
  const { graph, inputs, loss } = transformer({ ...small, ...(block && { block }) });
  const random = createRandom('values');
  const tokens = () =>
    tensorData(
      'int32',
      [2, 8],
      Int32Array.from({ length: 16 }, () => random.integer(7)),
    );
  const feeds = { ids: tokens(), labels: tokens() };
  const initializers = new Map(
    graph.parameters.map((p) => [p.name, tensorData('float32', p.shape, p.initial(random.fork(p.name)))]),
  );
  const outputs = Object.fromEntries(
    gradients(loss, graph.parameters).map((slope, i) => [`d${graph.parameters[i]?.name}`, slope]),
  );
  const session = await openSession(toOnnx(graph, { inputs, outputs, initializers, order: orderForMemory }), {
    optimization,
    threads: 1,
  });
  const results = await session.run(feeds);
  await session.close();
  return { results, nodes: graph.nodes.length };
}

test('gradients through checkpointed blocks are the plain ones, to the bit as written', async () => {
  const [plain, saving] = [await slopes(), await slopes(checkpointed)];
  expect(saving.nodes).toBeGreaterThan(plain.nodes + 3 * 20);
  expect(saving.results).toEqual(plain.results);
});

/** The runtime fuses a bias into a GELU whose input only a twin still needs: other kernels, other last bits. */
test('and to rounding once the runtime has fused operators', async () => {
  const [plain, saving] = [await slopes(undefined, 'all'), await slopes(checkpointed, 'all')];
  for (const [name, { data }] of Object.entries(plain.results))
    for (const [i, value] of (data as Float32Array).entries())
      expect(Math.abs(value - Number(saving.results[name]?.data[i]))).toBeLessThan(
        1e-6 + 1e-4 * Math.abs(value),
      );
});

test('a deep Transformer takes less than half the memory for its values', async () => {
  const deep = 'rows: 8, context: 256, width: 128, heads: 4, layers: 8';
  const plain = await trainInProcess(`models.transformer({ ${deep} })`);
  const saving = await trainInProcess(`models.transformer({ ${deep}, block: engine.checkpointed })`);
  expect(saving.loss).toBeCloseTo(plain.loss, 4);
  const activations = ({ peakBytes, plan }: typeof plain): number =>
    peakBytes - plan.totalBytes + plan.bytes.activations;
  expect(saving.plan.bytes.activations).toBeLessThan(plain.plan.bytes.activations / 3);
  expect(activations(saving)).toBeLessThan(activations(plain) / 2);
});
