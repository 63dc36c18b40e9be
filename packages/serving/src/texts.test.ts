import {
  argMax,
  cast,
  concat,
  createGraph,
  equal,
  gather,
  mul,
  reduceSum,
  softmax,
  toOnnx,
} from '@banyan/engine';
import { expect, onTestFinished, test } from 'vitest';
import { modelFolder } from './fixtures/folders.ts';
import { wordPiece } from './fixtures/word-piece.ts';
import { openModel } from './index.ts';
import type { ModelManifest } from './manifest.ts';

const tokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'good', 'bad', 'book', '##s', '!'];

const manifest = {
  task: 'classification',
  kind: 'text',
  inputs: [{ name: 'review', type: 'string' }],
  classes: ['bad', 'good'],
  context: 8,
} satisfies Partial<ModelManifest>;

/** Scores [how often "bad", how often "good"] among the tokens that the mask shows. */
function counter(maskName = 'attention_mask'): Uint8Array {
  const graph = createGraph();
  const shape = ['N', 'sequence_length'];
  const ids = graph.input('input_ids', 'int64', shape);
  const mask = graph.input(maskName, 'int64', shape);
  const shown = cast(mask, 'float32');
  const count = (token: string) =>
    reduceSum(mul(cast(equal(ids, tokens.indexOf(token)), 'float32'), shown), 1, { keepDims: true });
  const probabilities = softmax(concat([count('bad'), count('good')]));
  const label = gather(graph.constant(['bad', 'good']), argMax(probabilities));
  return toOnnx(graph, { inputs: [ids, mask], outputs: { probabilities, label } });
}

async function serve(given: Partial<ModelManifest> = manifest, onnx = counter()) {
  const folder = await modelFolder({ manifest: given, onnx, tokenizer: wordPiece(tokens) });
  const model = await openModel(folder);
  onTestFinished(() => model.close());
  return model;
}

const odds = (bad: number, good: number) => ({
  label: good > bad ? 'good' : 'bad',
  probabilities: {
    bad: expect.closeTo(1 / (1 + Math.exp(good - bad)), 5),
    good: expect.closeTo(1 / (1 + Math.exp(bad - good)), 5),
  },
});

test('raw texts in, classes out: tokenised, cut to the context, filled up with what does not count', async () => {
  const model = await serve();
  const texts: [string | null, number, number][] = [
    ['Good books!', 0, 1],
    ['a BAD, bad book', 2, 0],
    // Eight tokens with both ends: the seventh word is not read.
    ['book book book good good bad bad bad', 1, 2],
    [`bad${'x'.repeat(20_000)} good`, 0, 1],
    ['', 0, 0],
    [null, 0, 0],
  ];
  const answers = await model.predict(texts.map(([review]) => ({ review, stars: 3 })));
  expect(answers).toEqual(texts.map(([, bad, good]) => odds(bad, good)));
  expect(await model.predict([{ review: 'good' }])).toEqual([odds(0, 1)]);
  await expect(model.predict([{ text: 'good' }])).rejects.toMatchObject({ code: 'missing-column' });
  await expect(model.predict([{ review: ['good'] }])).rejects.toThrow('column "review" needs text');
});

test('many texts at once run in pieces, in their order', async () => {
  const model = await serve({ ...manifest, context: 4096 });
  const rows = Array.from({ length: 30 }, (_, row) => ({ review: row % 3 ? 'good' : 'bad book' }));
  const answers = await model.predict(rows);
  expect(answers.map((answer) => ('label' in answer ? answer.label : ''))).toEqual(
    rows.map((_, row) => (row % 3 ? 'good' : 'bad')),
  );
});

test('the Open Inference Protocol has one input of text', async () => {
  const model = await serve();
  expect(model.metadata().inputs).toEqual([{ name: 'review', datatype: 'BYTES', shape: [-1, 1] }]);
  const { outputs } = await model.infer({
    inputs: [{ name: 'review', shape: [2], datatype: 'BYTES', data: ['good', 'bad'] }],
    outputs: [{ name: 'label' }],
  });
  expect(outputs).toEqual([{ name: 'label', shape: [2], datatype: 'BYTES', data: ['good', 'bad'] }]);
});

test('a folder whose parts do not belong together is refused', async () => {
  await expect(serve(manifest, counter('token_mask'))).rejects.toThrow(
    'takes input_ids and attention_mask, not input_ids, token_mask',
  );
  const { context: _, ...without } = manifest;
  await expect(serve(without)).rejects.toThrow('needs one input of strings and a context');
});
