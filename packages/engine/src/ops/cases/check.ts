import { expect } from 'vitest';
import { gradients } from '../../backward.ts';
import { createGraph } from '../../create-graph.ts';
import { toData } from '../../dtype.ts';
import { toOnnx } from '../../onnx.ts';
import { mul, reduceSum } from '../../operators.ts';
import type { Random } from '../../random.ts';
import { openSession } from '../../runtime/session.ts';
import { sizeOfShape } from '../../shape.ts';
import type { Tensor, TensorData } from '../../tensor.ts';
import type { Case, Elements } from './case.ts';

/** The step of central differences in double precision. */
const STEP = 1e-4;

/**
 * Runs a case: the runtime's shapes must be the inferred ones, its values the reference's, and the derivatives of the
 * random inputs, where the operator has them, the reference's finite differences.
 */
export async function check(some: Case, differentiable: boolean, random: Random): Promise<void> {
  const data = some.inputs.map((input) =>
    'dtype' in input ? input : randomData(input, random, some.domain),
  );
  const { y, dy, derivatives } = await compute(some, data, differentiable, random);

  const reference = evaluate(some, data, y.shape);
  expectClose(y.data, reference);
  for (const [input, derivative] of derivatives) {
    const { shape, data: values } = data[input] as TensorData;
    const differences = Array.from(values as Float32Array, (value, at) => {
      const shifted = (delta: number) => {
        const moved = Float64Array.from(values as Float32Array);
        moved[at] = value + delta;
        const inputs = data.map((other, index) => (index === input ? { shape, data: moved } : other));
        return evaluate(some, inputs, y.shape).reduce((sum, element, k) => sum + element * (dy[k] ?? 0), 0);
      };
      return (shifted(STEP) - shifted(-STEP)) / (2 * STEP);
    });
    expectClose(derivative, differences);
  }
}

/** y, and the derivatives of sum(dy y) for random dy by each random input. */
async function compute(some: Case, data: readonly TensorData[], differentiable: boolean, random: Random) {
  const graph = createGraph();
  const inputs = data.map(({ dtype, shape }, index) => graph.input(`x${index}`, dtype, shape));
  const y = some.build(...inputs);
  const dy = randomData(y.shape as number[], random);
  const moving = inputs.filter((_, index) => differentiable && !('dtype' in (some.inputs[index] as object)));
  const slopes =
    moving.length > 0 ? gradients(reduceSum(mul(y, graph.constant(dy.data, dy.shape))), moving) : [];
  const outputs: Record<string, Tensor> = { y };
  for (const [index, input] of moving.entries()) outputs[`d${input.name}`] = slopes[index] as Tensor;
  const session = await openSession(toOnnx(graph, { inputs, outputs }), { threads: 1 });
  const results = await session.run(
    Object.fromEntries(inputs.map(({ name }, index) => [name, data[index] as TensorData])),
  );
  await session.close();
  for (const [name, tensor] of Object.entries(outputs)) expect(results[name]?.shape).toEqual(tensor.shape);
  return {
    y: results.y as TensorData,
    dy: dy.data as Float32Array,
    derivatives: moving.map(
      (input) => [inputs.indexOf(input), results[`d${input.name}`]?.data as Float32Array] as const,
    ),
  };
}

type Values = { shape: readonly number[]; data: ArrayLike<unknown> };

/** Every element of the reference's result. */
function evaluate(some: Case, data: readonly Values[], shape: readonly number[]): number[] {
  const element = some.reference(...data.map(elementsOf));
  return Array.from({ length: sizeOfShape(shape) }, (_, at) => {
    const index = shape.map((dim, axis) => Math.floor(at / sizeOfShape(shape.slice(axis + 1))) % dim);
    return element(...index);
  });
}

const elementsOf =
  ({ shape, data }: Values): Elements =>
  (...index) =>
    Number(data[index.reduce((at, i, axis) => at * (shape[axis] ?? 1) + i, 0)]);

function randomData(
  shape: readonly number[],
  random: Random,
  [low, high]: readonly [number, number] = [-2, 2],
): TensorData {
  const values = Array.from({ length: sizeOfShape(shape) }, () => low + (high - low) * random.uniform());
  return { dtype: 'float32', shape, data: toData(values, 'float32') };
}

function expectClose(found: ArrayLike<unknown>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  for (const [at, value] of expected.entries())
    expect(
      Math.abs(Number(found[at]) - value),
      `element ${at}: ${String(found[at])} for ${value}`,
    ).toBeLessThan(2e-5 * scale);
}
