import { expect, test } from 'vitest';
import { tensorData } from '../dtype.ts';
import { toOnnx } from '../onnx.ts';
import { softmaxCrossEntropy } from '../operators.ts';
import { openSession } from '../runtime/session.ts';
import type { Tensor, TensorData } from '../tensor.ts';
import { createTrainer } from '../train/trainer.ts';
import { pretrained, randomFeeds, readPackaged } from './pretrained.ts';
import { type ForeignModel, readOnnx } from './read-onnx.ts';

const bytes = readPackaged(pretrained['PP-OCRv2 direction']?.file ?? '');
const read = (): Promise<ForeignModel> => readOnnx(bytes, { shapes: { x: [4, 3, 48, 96] } });

/** The classifier's loss on its logits, which is what its last operator, Softmax, takes. */
function programOf({ graph, inputs, outputs }: ForeignModel) {
  const [probabilities] = Object.values(outputs) as [Tensor];
  const logits = probabilities.node?.inputs[0] as Tensor;
  const labels = graph.input('labels', 'int32', [4]);
  return { graph, inputs: [...inputs, labels], loss: softmaxCrossEntropy(logits, labels), measures: {} };
}

async function predict(
  { graph, inputs, outputs }: ForeignModel,
  parameters: ReadonlyMap<string, TensorData>,
  x: TensorData,
) {
  const session = await openSession(toOnnx(graph, { inputs, outputs, initializers: parameters }), {
    threads: 1,
  });
  const results = await session.run({ x });
  await session.close();
  return Object.values(results)[0] as TensorData;
}

test.each([
  ['its last layer', (name: string) => name.startsWith('fc_'), 0.05],
  ['all of it', () => true, 1e-4],
])('a pretrained classifier is fine-tuned: %s', async (_, trainable, learningRate) => {
  const model = await read();
  const program = programOf(model);
  const labels = Int32Array.of(0, 1, 1, 0);
  const x = randomFeeds(model.inputs, 'fine-tune').x as TensorData;
  const before = await predict(model, model.parameters, x);

  const trainer = await createTrainer(program, {
    optimizer: { kind: 'adamw', learningRate },
    seed: 1,
    initial: model.parameters,
    trainable,
  });
  const losses: number[] = [];
  for (let step = 0; step < 6; step++) losses.push((await trainer.step({ x: x.data, labels })).loss);
  const trained = trainer.parameters();
  await trainer.close();

  const lossOf = ({ data }: TensorData) =>
    labels.reduce((sum, label, row) => sum - Math.log(Number(data[row * 2 + label])) / labels.length, 0);
  expect(losses[0]).toBeCloseTo(lossOf(before), 4);
  expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] as number));

  // The changed weights export again, and the file computes what the trained graph did.
  const changed = [...trained.keys()].filter(
    (name) => trained.get(name)?.data.join() !== model.parameters.get(name)?.data.join(),
  );
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.every(trainable)).toBe(true);
  expect(lossOf(await predict(model, trained, x))).toBeLessThan(losses[0] as number);
});

test('a subset of the weights becomes parameters, the rest is fixed', async () => {
  const model = await readOnnx(bytes, {
    shapes: { x: [1, 3, 48, 96] },
    trainable: (name) => name.startsWith('fc_'),
  });
  expect([...model.parameters.keys()].every((name) => name.startsWith('fc_'))).toBe(true);
  expect(model.graph.parameters.map(({ name }) => name)).toEqual([...model.parameters.keys()]);
  expect(
    (await predict(model, model.parameters, tensorData('float32', [1, 3, 48, 96], new Float32Array(13_824))))
      .shape,
  ).toEqual([1, 2]);
});
