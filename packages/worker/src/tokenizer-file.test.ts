import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobPayload, JobResult } from '@banyan/contract';
import { openModel } from '@banyan/serving';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Assignment } from './assignment.ts';
import { runInThread } from './thread.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'banyan-tokenizer-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const input = (kind: 'dataset' | 'model', files: string[] = []) => ({
  kind,
  path: `books/${kind}`,
  commit: '1'.repeat(40),
  files: files.map((path) => ({ path, sha256: '0'.repeat(64), sizeBytes: 1, url: '/' })),
});

async function work<K extends JobResult['kind']>(
  payload: JobPayload & { kind: K },
  more: Partial<Assignment>,
) {
  const folder = await mkdtemp(join(home, `${payload.kind}-`));
  const tunnel = { url: '', job: '', token: '', leaseToken: '' };
  const { signal } = new AbortController();
  const outcome = await runInThread(
    { payload, folder, threads: 1, attempt: 1, tunnel, ...more },
    () => undefined,
    signal,
  );
  return { ...outcome, folder, result: outcome.result as Extract<JobResult, { kind: K }> };
}

const special = { '<unk>': 0, '<s>': 20, '</s>': 21, '<pad>': 22, '<mask>': 23 };
/** A Unigram whose special tokens lie at the end, beyond a gap. */
const tokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: Object.entries(special).map(([content, id]) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: { type: 'NFKC' },
  pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always', split: true },
  post_processor: { type: 'RobertaProcessing', sep: ['</s>', 21], cls: ['<s>', 20] },
  decoder: { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always', split: true },
  model: {
    type: 'Unigram',
    unk_id: 0,
    byte_fallback: false,
    vocab: [
      '<unk>',
      '\u2581a',
      '\u2581fi',
      'ne',
      '\u2581poor',
      '\u2581book',
      ',',
      '\u2581the',
      '\u2581number',
    ].map((piece, at) => [piece, at === 0 ? 0 : -2]),
  },
};

it('trains on a tokenizer of the dataset, and serves and explains by it', async () => {
  const rows = Array.from({ length: 90 }, (_, at) => ({
    review: `a ${at % 2 ? 'fine' : 'poor'} book, the number ${at % 7}`,
    mood: at % 2 ? 'up' : 'down',
  }));
  await writeFile(join(home, 'reviews.json'), JSON.stringify(rows));
  await writeFile(join(home, 'tokenizer.json'), JSON.stringify(tokenizer));
  const tokenize = { column: 'review', method: 'file', file: 'tokenizer.json', length: 12 };
  const raw = input('dataset', ['reviews.json', 'tokenizer.json']);
  const prepared = await work(
    { kind: 'prepare', dataset: raw, recipe: { target: 'mood', steps: [{ tokenize }] }, seed: 1 },
    { dataset: home },
  );
  const dataset = join(prepared.folder, 'prepared');
  // The file is no table: a profile of the same version reads the rows alone.
  const profiled = await work({ kind: 'prepare', dataset: raw, seed: 1 }, { dataset: home });
  expect(profiled.result.profile).toMatchObject({ rows: 90 });

  const config = { layers: 1, heads: 2, width: 16, pretrainingSteps: 5, epochs: 10, learningRate: 0.005 };
  const spec = {
    project: 'books',
    algorithm: 'bert',
    config: { ...config, dropout: 0, batchSize: 8 },
    dataset: 'books/dataset',
    revision: 'main',
    seed: 1,
    lane: 'native' as const,
    model: 'books/model',
    checkpointEverySeconds: 60,
  };
  const run = crypto.randomUUID();
  const trained = await work({ kind: 'train', run, spec, dataset: input('dataset') }, { dataset });
  expect(trained.result.evaluation.metrics['accuracy']?.value).toBe(1);
  const model = join(trained.folder, 'result');
  const read = async (path: string) => JSON.parse(await readFile(join(model, path), 'utf8'));
  expect(await read('tokenizer.json')).toEqual(tokenizer);
  expect(await read('tokenizer_config.json')).toMatchObject({ pad_token: '<pad>', cls_token: '<s>' });
  expect(await read('config.json')).toMatchObject({ pad_token_id: 22, vocab_size: 24 });
  const served = await openModel(model);
  // Of two lengths, so that one is filled up.
  expect(
    await served.predict([{ review: 'a fine book, the number 3' }, { review: 'a poor book' }]),
  ).toMatchObject([{ label: 'up' }, { label: 'down' }]);
  await served.close();

  const about = { model: input('model'), dataset: input('dataset'), seed: 1, rows: 3 };
  const { files } = await work({ kind: 'explain', ...about }, { dataset, model });
  const { texts } = JSON.parse(await readFile(files[0]?.file ?? '', 'utf8'));
  for (const { predicted, words } of texts.rows)
    expect(words.map(({ word }: { word: string }) => word).slice(0, 3)).toEqual([
      'a',
      predicted === 'up' ? 'fine' : 'poor',
      'book,',
    ]);
}, 60_000);
