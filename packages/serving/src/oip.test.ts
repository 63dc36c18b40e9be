import { expect, onTestFinished, test } from 'vitest';
import { modelFolder } from './fixtures/folders.ts';
import {
  negative,
  penguinClassifier,
  penguins,
  pictures,
  weather,
  weatherForecaster,
} from './fixtures/row-models.ts';
import { type InferRequest, type OipTensor, openModel } from './index.ts';
import type { ModelManifest } from './manifest.ts';

async function serve(manifest: Partial<ModelManifest>, onnx: Uint8Array, name = 'served') {
  const model = await openModel(await modelFolder({ manifest, onnx }), { name });
  onTestFinished(() => model.close());
  return model;
}

const mass: OipTensor = { name: 'mass', shape: [3], datatype: 'FP64', data: [5200, 3100, null] };
const island: OipTensor = {
  name: 'island',
  shape: [3, 1],
  datatype: 'BYTES',
  data: [['Biscoe'], ['Dream'], [null]],
};
const year: OipTensor = { name: 'year', shape: [3], datatype: 'INT64', data: [2007, 2008, 2009] };
const inputs = [year, island, mass];

test('tensors a column give what rows give, in the order that was asked for', async () => {
  const model = await serve(penguins, penguinClassifier());
  const rows = [
    { mass: 5200, island: 'Biscoe', year: 2007 },
    { mass: 3100, island: 'Dream', year: 2008 },
    { mass: null, island: null, year: 2009 },
  ];
  const expected = (await model.predict(rows)) as { label: string; probabilities: Record<string, number> }[];
  const label = { name: 'label', datatype: 'BYTES', shape: [3], data: expected.map((row) => row.label) };
  const probabilities = {
    name: 'probabilities',
    datatype: 'FP32',
    shape: [3, 2],
    data: expected.flatMap((row) => Object.values(row.probabilities)),
  };
  const all = await model.infer({ id: 'q1', inputs });
  expect(all).toMatchObject({ model_name: 'served', id: 'q1' });
  expect(all.outputs).toHaveLength(2);
  expect(all.outputs).toEqual(expect.arrayContaining([label, probabilities]));
  expect(await model.infer({ inputs, outputs: [{ name: 'label' }] })).toEqual({
    model_name: 'served',
    outputs: [label],
  });
  const order = [{ name: 'label' }, { name: 'probabilities' }];
  expect((await model.infer({ inputs, outputs: order })).outputs).toEqual([label, probabilities]);
  expect(JSON.parse(JSON.stringify(all))).toEqual(all);
});

test('windows and images are tensors of more dimensions, nested or flat', async () => {
  const forecaster = await serve(weather, weatherForecaster());
  const temperature: OipTensor = {
    name: 'temperature',
    shape: [2, 3],
    datatype: 'FP32',
    data: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  };
  const rain: OipTensor = { name: 'rain', shape: [2, 3], datatype: 'UINT8', data: [0, 0, 0, 1, 1, 1] };
  expect((await forecaster.infer({ inputs: [temperature, rain] })).outputs).toEqual([
    { name: 'value', datatype: 'FP32', shape: [2], data: [14, 32 + 60] },
  ]);
  const images = await serve(pictures, negative());
  const image: OipTensor = {
    name: 'image',
    shape: [1, 2, 3],
    datatype: 'UINT8',
    data: [
      [
        [0, 255, 0],
        [255, 0, 255],
      ],
    ],
  };
  const { outputs } = await images.infer({ inputs: [image], outputs: [{ name: 'reconstruction' }] });
  expect(outputs).toEqual([
    { name: 'reconstruction', datatype: 'FP32', shape: [1, 2, 3], data: [1, 0, 1, 0, 1, 0] },
  ]);
});

test('metadata describes the raw columns, -1 for what the caller chooses', async () => {
  const model = await serve(weather, weatherForecaster(), 'seattle');
  expect(model.metadata()).toEqual({
    name: 'seattle',
    platform: 'onnx_onnxv1',
    inputs: [
      { name: 'temperature', datatype: 'FP32', shape: [-1, 3] },
      { name: 'rain', datatype: 'FP32', shape: [-1, 3] },
    ],
    outputs: [{ name: 'value', datatype: 'FP32', shape: [-1] }],
  });
});

test('a column that the graph calls otherwise keeps its own name in tensors, rows and messages', async () => {
  const inputs = penguins.inputs.map((input) => ({ ...input, column: `my ${input.name}` }));
  const model = await serve({ ...penguins, inputs }, penguinClassifier());
  const own = [mass, island, year].map((tensor) => ({ ...tensor, name: `my ${tensor.name}` }));
  const { outputs } = await model.infer({ inputs: own, outputs: [{ name: 'label' }] });
  const rows = [{ 'my mass': 5200, 'my island': 'Biscoe', 'my year': 2007 }];
  expect(await model.predict(rows)).toMatchObject([{ label: outputs[0]?.data[0] }]);
  expect(model.metadata().inputs.map(({ name }) => name)).toEqual(['my mass', 'my island', 'my year']);
  await expect(model.predict([{ mass: 4000 }])).rejects.toThrow('no column "my mass"');
  await expect(model.infer({ inputs: [mass] })).rejects.toThrow(
    'The inputs are my mass, my island, my year.',
  );
});

test('every way a request can be wrong is refused with its reason', async () => {
  const model = await serve(penguins, penguinClassifier());
  const refused = async (request: unknown, code: string, message: string): Promise<void> =>
    expect(model.infer(request as InferRequest)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  const withMass = (changes: object) => ({ inputs: [{ ...mass, ...changes }, island, year] });
  await refused(undefined, 'input', 'a list "inputs"');
  await refused(
    { inputs: [mass, island] },
    'missing-column',
    'the input "year" is absent. The inputs are mass, island, year',
  );
  await refused({ inputs: [...inputs, { ...mass, name: 'wing' }] }, 'unknown-column', 'no input "wing"');
  await refused({ inputs: [...inputs, mass] }, 'input', '"mass" is given twice');
  await refused({ inputs, outputs: [{ name: 'logits' }] }, 'input', 'no output "logits". The outputs are ');
  await refused({ inputs, outputs: 'label' }, 'input', '"outputs" must be a list');
  await refused({ inputs, outputs: [null] }, 'input', 'no output without a name');
  await refused(withMass({ shape: [2] }), 'input', '"mass" has 3 elements; its shape [2] needs 2');
  await refused(withMass({ shape: [1, 3] }), 'input', '"mass" has shape [1, 3]; expected [n, 1]');
  await refused(withMass({ shape: [2], data: [1, 2] }), 'input', '"island" has 3 examples; "mass" has 2');
  await refused(withMass({ shape: [-1] }), 'input', 'needs a shape');
  await refused(withMass({ shape: undefined }), 'input', 'needs a shape');
  await refused(withMass({ data: 'AAAA' }), 'input', 'needs its data as a list');
  await refused(withMass({ datatype: 'FP16' }), 'input', 'needs a datatype of BOOL, UINT8');
  await refused(
    withMass({ datatype: 'BYTES', data: ['1', '2', '3'] }),
    'input',
    'is BYTES; it takes numbers',
  );
  await refused(withMass({ datatype: 'INT8', data: [1, 128, 1] }), 'input', 'holds 128, which is no INT8');
  await refused(withMass({ data: [1, 'two', 3] }), 'input', 'holds "two", which is no FP64');
  const none = inputs.map((tensor) => ({ ...tensor, shape: [0], data: [] }));
  await refused({ inputs: none }, 'input', 'holds no example');
  const noYear = { ...year, datatype: 'FP32', data: [null, 1, 1] };
  await refused({ inputs: [mass, island, noYear] }, 'input', 'no number in "probabilities"');
});
