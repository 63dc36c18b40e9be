import { expect, onTestFinished, test } from 'vitest';
import { modelFolder } from './fixtures/folders.ts';
import {
  gentooProbability,
  negative,
  penguinClassifier,
  penguins,
  pictures,
  weather,
  weatherForecaster,
} from './fixtures/row-models.ts';
import { type OpenModelOptions, openModel } from './index.ts';
import type { ModelManifest } from './manifest.ts';

async function serve(manifest: Partial<ModelManifest>, onnx: Uint8Array, options?: OpenModelOptions) {
  const model = await openModel(await modelFolder({ manifest, onnx }), options);
  onTestFinished(() => model.close());
  return model;
}
const near = (values: number[]) => values.map((value) => expect.closeTo(value, 5));
const servePenguins = (options?: OpenModelOptions) => serve(penguins, penguinClassifier(), options);

test('raw rows in, labels and probabilities out, with missing and unseen values', async () => {
  const model = await servePenguins();
  const cases: [number | null, string | null][] = [
    [5200, 'Biscoe'],
    [3100, 'Dream'],
    [null, 'Biscoe'],
    [4700, 'Atlantis'],
    [2900, null],
  ];
  const found = await model.predict(
    cases.map(([mass, island]) => ({ mass, island, year: 2007, sex: 'unused' })),
  );
  for (const [i, [mass, island]] of cases.entries()) {
    const p = gentooProbability(mass, island);
    expect(found[i]).toEqual({
      label: p > 0.5 ? 'Gentoo' : 'Adelie',
      probabilities: { Adelie: expect.closeTo(1 - p, 5), Gentoo: expect.closeTo(p, 5) },
    });
  }
  expect(await model.predict([])).toEqual([]);
});

test('numbers may come as text; what is no number is refused by row and column', async () => {
  const model = await servePenguins();
  const row = { mass: ' 5.2e3 ', island: 'Biscoe', year: true };
  const [asText] = await model.predict([row]);
  expect(asText).toEqual((await model.predict([{ ...row, mass: 5200 }]))[0]);
  const ask = (changes: object) => model.predict([row, { ...row, ...changes }]);
  await expect(ask({ mass: 'heavy' })).rejects.toMatchObject({
    code: 'input',
    message: 'row 1, column "mass" needs a number, not "heavy"',
  });
  await expect(ask({ mass: Number.POSITIVE_INFINITY })).rejects.toMatchObject({ code: 'input' });
  await expect(ask({ mass: [1, 2] })).rejects.toThrow('row 1, column "mass" needs 1 values, not 2');
  await expect(ask({ island: { name: 'Dream' } })).rejects.toThrow('row 1, column "island" needs text');
  await expect(ask({ year: null })).rejects.toThrow(
    'the model has no number for row 1, where year is missing',
  );
});

test('a column that is absent is named, with what was expected', async () => {
  const model = await servePenguins();
  await expect(model.predict([{ mass: 1, Island: 'Dream', year: 1 }])).rejects.toMatchObject({
    code: 'missing-column',
    message:
      'row 0 has no column "island". Expected: mass, island, year. Given: mass, Island, year. ' +
      'Write null for a missing value.',
  });
  await expect(model.predict({ mass: 1 } as never)).rejects.toThrow('the rows must be a list');
  await expect(model.predict([null as never])).rejects.toThrow('row 0 must be an object');
  await expect(model.predict([[]])).rejects.toThrow('this model takes rows');
  await expect(model.generate('Call me', { maxTokens: 1 }).next()).rejects.toMatchObject({
    code: 'not-generative',
  });
});

test('many callers at once each get their own answer', async () => {
  const model = await servePenguins({ windowMs: 2, maxBatch: 16 });
  const masses = Array.from({ length: 100 }, (_, i) => 2000 + 40 * i);
  const answers = await Promise.all(
    masses.map((mass) => model.predict([{ mass, island: 'Dream', year: 0 }])),
  );
  for (const [i, [answer]] of answers.entries())
    expect(answer).toMatchObject({
      probabilities: { Gentoo: expect.closeTo(gentooProbability(masses[i]!, 'Dream'), 5) },
    });
});

test('a model with a window reads lists of that many rows', async () => {
  const model = await serve(weather, weatherForecaster());
  const days = [
    { temperature: 1, rain: 1 },
    { temperature: 2, rain: 0 },
    { temperature: null, rain: '2' },
  ];
  const later = days.map((day) => ({ ...day, temperature: 0 }));
  expect(await model.predict([days, later])).toEqual([{ value: 1 + 4 + 21 + 10 + 60 }, { value: 70 }]);
  await expect(model.predict(days)).rejects.toThrow('example 0 is one row; this model reads windows');
  await expect(model.predict([days, days.slice(1)])).rejects.toThrow('example 1 has 2 rows');
  await expect(model.predict([[...days.slice(1), { rain: 1 }]])).rejects.toMatchObject({
    code: 'missing-column',
    message: expect.stringContaining('example 0, row 2 has no column "temperature"'),
  });
});

test('images come as nested or flat numbers, or as base64 bytes', async () => {
  const model = await serve(pictures, negative());
  const flat = [0, 51, 102, 153, 204, 255];
  const nested = [flat.slice(0, 3), flat.slice(3)];
  const images = [flat, nested, Buffer.from(flat).toString('base64'), Uint8Array.from(flat)];
  for (const found of await model.predict(images.map((image) => ({ image }))))
    expect(found).toEqual({ reconstruction: near([1, 0.8, 0.6, 0.4, 0.2, 0]), latent: near([0.6, 2.4]) });
  await expect(model.predict([{ image: flat.slice(1) }])).rejects.toThrow('needs 6 values, not 5');
  await expect(model.predict([{ image: [...flat.slice(1), 256] }])).rejects.toThrow(
    'pixels from 0 to 255, not 256',
  );
  await expect(model.predict([{ image: 'not base64!' }])).rejects.toThrow('not base64');
});

test('a full queue says busy', async () => {
  const model = await servePenguins({ maxBatch: 1, maxQueued: 2 });
  const row = { mass: 1, island: 'Dream', year: 1 };
  const asked = await Promise.allSettled(Array.from({ length: 8 }, () => model.predict([row])));
  const refused = asked.filter((answer) => answer.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'busy' });
  expect(await model.predict([row])).toHaveLength(1);
});

test('a closed model refuses politely', async () => {
  const model = await openModel(await modelFolder({ manifest: penguins, onnx: penguinClassifier() }));
  await model.close();
  await model.close();
  await expect(model.predict([{ mass: 1, island: '', year: 1 }])).rejects.toMatchObject({ code: 'closed' });
});

const refused = async (files: Parameters<typeof modelFolder>[0], message: string) =>
  expect(modelFolder(files).then((dir) => openModel(dir))).rejects.toMatchObject({
    code: 'format',
    message: expect.stringContaining(message),
  });

test('a folder that is no model says which part is wrong', async () => {
  const onnx = penguinClassifier();
  await refused({ manifest: penguins }, 'the model folder has no model.onnx');
  await refused({ manifest: '{' }, 'banyan.json is not JSON');
  await refused({ manifest: { ...penguins, classes: [] }, onnx }, 'classes: is needed for classification');
  await refused({ manifest: penguins, onnx: onnx.slice(0, 100) }, 'model.onnx cannot be opened');
  await refused(
    { manifest: { ...penguins, inputs: penguins.inputs.slice(1) }, onnx },
    'does not name model.onnx',
  );
  await refused({ manifest: { ...penguins, window: 4 }, onnx }, 'gives mass 4 values an example');
  await refused(
    { manifest: { task: 'generation', kind: 'text', context: 8 }, onnx },
    'has no tokenizer.json',
  );
});
