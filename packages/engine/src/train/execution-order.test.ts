import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { gradients } from '../backward.ts';
import { createGraph } from '../create-graph.ts';
import { normal } from '../initializers.ts';
import { linear } from '../layers/dense.ts';
import { meanSquaredError } from '../layers/losses.ts';
import { neededNodes, toOnnx } from '../onnx.ts';
import { add, gelu, mul } from '../operators.ts';
import type { GraphNode, Tensor } from '../tensor.ts';
import { transformer } from '../testing/models.ts';
import { executionOrder, orderForMemory } from './execution-order.ts';
import { peakOf } from './liveness.ts';

/** Residual layers x + 0.1 gelu(x W + b). */
function deep(layers: number) {
  const graph = createGraph();
  let x: Tensor = graph.input('x', 'float32', [64, 32]);
  const inputs = [x];
  for (let layer = 0; layer < layers; layer++) {
    const w = graph.parameter(`w${layer}`, [32, 32], normal(0.01));
    const b = graph.parameter(`b${layer}`, [32], normal(0.01));
    x = add(x, mul(gelu(linear(x, w, b)), 0.1));
  }
  const loss = meanSquaredError(x, graph.constant(0));
  const outputs: Record<string, Tensor> = { loss };
  for (const [index, slope] of gradients(loss, graph.parameters).entries())
    outputs[`d${graph.parameters[index]?.name}`] = slope;
  return { graph, inputs, outputs };
}

/** The nodes that ONNX Runtime ran, in order, from its own profile. */
async function profile(bytes: Uint8Array, feeds: Record<string, RuntimeTensor>): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'order-'));
  try {
    const session = await InferenceSession.create(bytes, {
      graphOptimizationLevel: 'disabled',
      enableProfiling: true,
      profileFilePrefix: path.join(folder, 'run'),
    });
    await session.run(feeds);
    (session as unknown as { endProfiling(): void }).endProfiling();
    await session.release();
    const [file = ''] = await readdir(folder);
    const events = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as {
      cat: string;
      name: string;
    }[];
    return events.flatMap(({ cat, name }) =>
      cat === 'Node' && name.endsWith('_kernel_time') ? [name.replace('_kernel_time', '')] : [],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

test.each([
  ['as made', (nodes: readonly GraphNode[]) => nodes],
  ['ordered for memory', orderForMemory],
])('the runtime executes a graph written %s in the order foretold', async (_, order) => {
  const { graph, inputs, outputs } = deep(4);
  const feeds: Record<string, RuntimeTensor> = {
    x: new RuntimeTensor('float32', new Float32Array(64 * 32), [64, 32]),
  };
  for (const { name, shape } of graph.parameters)
    feeds[name] = new RuntimeTensor('float32', new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  const ran = await profile(toOnnx(graph, { inputs, outputs, order }), feeds);
  const foretold = executionOrder(order(neededNodes(graph, Object.values(outputs))));
  const names = new Set(foretold.map(({ name }) => name));
  expect(ran.filter((name) => names.has(name))).toEqual(foretold.map(({ name }) => name));
});

test('a Transformer ordered for memory peaks below the same one as made', () => {
  const program = transformer({ rows: 8, context: 256, width: 128, heads: 4, layers: 6 });
  const { graph, loss } = program;
  const kept = [loss, ...gradients(loss, graph.parameters)];
  const peak = (order: (nodes: readonly GraphNode[]) => readonly GraphNode[]): number =>
    peakOf(executionOrder(order(neededNodes(graph, kept))), graph.operators, new Set(kept)).bytes;
  expect(peak(orderForMemory)).toBeLessThan(0.95 * peak((nodes) => nodes));
});
