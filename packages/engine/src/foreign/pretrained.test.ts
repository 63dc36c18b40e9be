import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { gradients } from '../backward.ts';
import { tensorData } from '../dtype.ts';
import { toOnnx } from '../onnx.ts';
import { add, mul, reduceSum } from '../operators.ts';
import { createRandom, type Random } from '../random.ts';
import { type Feeds, openSession, type SessionOptions } from '../runtime/session.ts';
import { sizeOfShape } from '../shape.ts';
import type { Tensor, TensorData } from '../tensor.ts';
import { pretrained, randomFeeds, readPackaged, smoothFeeds } from './pretrained.ts';
import { readOnnx } from './read-onnx.ts';

/** Nothing is rewritten, so that both files run the same kernels. */
const exact = { threads: 1, optimization: 'disabled' } as const;

async function run(
  bytes: Uint8Array,
  feeds: Feeds,
  options: SessionOptions = exact,
): Promise<Record<string, TensorData>> {
  const session = await openSession(bytes, options);
  const results = await session.run(feeds);
  await session.close();
  return results;
}

/** On noise a detector is so sure of itself that its probabilities, but not their logits, hardly move. */
const beforeProbabilities = (y: Tensor): Tensor =>
  y.node?.type === 'Sigmoid' || y.node?.type === 'Softmax' ? (y.node.inputs[0] as Tensor) : y;

describe.each(Object.entries(pretrained))('%s', (name, { file, options, opensOnly }) => {
  const bytes = readPackaged(file);
  const fixed = options.values === undefined ? {} : { sr: tensorData('int64', [], [16_000]) };

  test('computes what it computes in its own file, to the last bit', async () => {
    const model = await readOnnx(bytes, options);
    const { graph, inputs, outputs, parameters } = model;
    const ours = toOnnx(graph, { inputs, outputs, initializers: parameters });
    for (const feeds of [randomFeeds(inputs, name), smoothFeeds(inputs)]) {
      const [found, wanted] = [await run(ours, feeds), await run(bytes, { ...feeds, ...fixed })];
      expect(Object.keys(found)).toEqual(Object.keys(wanted));
      expect(found).toEqual(wanted);
    }
    expect(graph.parameters.length).toBeGreaterThan(10);
  });

  /** Which kernels and which fusions the runtime chooses depends on the opset and on the shapes it knows. */
  test('is rewritten by the runtime as its own file is, if both have their shapes fixed', async () => {
    const { graph, inputs, outputs, parameters } = await readOnnx(bytes, options);
    const ours = toOnnx(graph, { inputs, outputs, initializers: parameters });
    const theirs = opensOnly === undefined ? withShapes(bytes, options.shapes ?? {}) : bytes;
    const feeds = randomFeeds(inputs, name);
    const all = { threads: 1, optimization: 'all' } as const;
    expect(await run(ours, feeds, all)).toEqual(await run(theirs, { ...feeds, ...fixed }, all));
  });

  /**
   * The runtime has single precision only, so whole directions are compared instead of single elements: along
   * d = sign(g) u + noise every part of g adds to g d with the same sign. A step must be large enough for the rounding of
   * the outputs and small enough for their curvature; which it is depends on the tensor, so one of four has to agree.
   */
  test('has gradients that agree with finite differences', async () => {
    const { graph, inputs, outputs, parameters } = await readOnnx(bytes, options);
    const random = createRandom(name);
    const ys = Object.values(outputs).map(beforeProbabilities);
    const weights = ys.map(({ shape }) => normals(random, sizeOfShape(shape)));
    const loss = ys
      .map((y, k) => reduceSum(mul(y, graph.constant(weights[k] as Float32Array, y.shape as number[]))))
      .reduce(add);
    const some = [0, 0.3, 0.6, 0.9].map(
      (share) => graph.parameters[Math.floor(share * graph.parameters.length)] as Tensor,
    );
    const moving = new Set(some.map(({ name }) => name));
    const wrt = [...inputs, ...some];
    const initializers = new Map([...parameters].filter(([name]) => !moving.has(name)));
    const feeds: Feeds = {
      ...randomFeeds(inputs, name),
      ...Object.fromEntries([...parameters].filter(([name]) => moving.has(name))),
    };
    const slopes = await run(toOnnx(graph, { inputs, outputs: gradients(loss, wrt), initializers }), feeds);
    const session = await openSession(toOnnx(graph, { inputs, outputs: ys, initializers }), exact);

    for (const [index, x] of wrt.entries()) {
      const g = Object.values(slopes)[index]?.data as Float32Array;
      const at = feeds[x.name]?.data as Float32Array;
      const d = g.map((slope) => Math.sign(slope) * random.uniform() + 0.1 * random.normal());
      const shifted = async (step: number) => {
        const data = at.map((value, i) => value + step * (d[i] as number));
        const found = await session.run({
          ...feeds,
          [x.name]: { dtype: 'float32', shape: x.shape as number[], data },
        });
        return ys.map(({ name }) => found[name]?.data as Float32Array);
      };
      const slope = dot(g, d);
      const size = Math.sqrt(dot(at, at) / dot(d, d));
      const errors: number[] = [];
      for (const share of [1e-2, 1e-3, 1e-4, 1e-5]) {
        const step = share * size;
        const [up, down] = [await shifted(step), await shifted(-step)];
        // The difference of each output first: what does not move must not be rounded together with what does.
        const moved = up.map((y, k) =>
          dot(
            y.map((value, i) => value - (down[k]?.[i] as number)),
            weights[k] as Float32Array,
          ),
        );
        errors.push(Math.abs(moved.reduce((sum, part) => sum + part, 0) / (2 * step) / slope - 1));
      }
      expect(
        Math.min(...errors),
        `${x.name}: off by ${errors.join(', ')} at steps of ${size} times 1e-2 to 1e-5`,
      ).toBeLessThan(0.01);
    }
    await session.close();
  });
});

/** The file with these sizes of its inputs in place of its own. */
function withShapes(bytes: Uint8Array, shapes: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  for (const { name, type } of model.graph?.input ?? [])
    for (const [axis, dim] of (type?.value.case === 'tensorType'
      ? type.value.value.shape?.dim
      : undefined
    )?.entries() ?? [])
      if (shapes[name] !== undefined)
        dim.value = { case: 'dimValue', value: BigInt(shapes[name][axis] ?? 0) };
  return toBinary(ModelProtoSchema, model);
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
const normals = (random: Random, length: number): Float32Array =>
  Float32Array.from({ length }, () => random.normal());
