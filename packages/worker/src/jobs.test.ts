import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evaluation, JobPayload, JobResult, Json, Lane } from '@banyan/contract';
import { openModel } from '@banyan/serving';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Assignment, Outcome, Report } from './assignment.ts';
import { runInThread, ThreadFailure } from './thread.ts';

/** Flowers of three kinds, told apart by two numbers and a word, with some values missing. */
const flowers = Array.from({ length: 240 }, (_, at) => {
  const kind = at % 3;
  const wobble = ((at * 37) % 17) / 17;
  const size = at % 11 === 0 ? '' : (kind * 2 + wobble).toFixed(3);
  return `${size},${(kind === 1 ? 5 : 1) + wobble},${['dry', 'wet'][at % 2]},${['ant', 'bee', 'cat'][kind]}`;
});
const recipe = {
  task: 'classification',
  target: 'kind',
  steps: [{ impute: {} }, { scale: {} }, { encode: {} }],
  split: { method: 'stratified', train: 0.6, valid: 0.1, test: 0.3 },
};
const commit = '1'.repeat(40);
const inputOf = (kind: 'dataset' | 'model', files: string[] = []) => ({
  kind,
  path: `flora/${kind}`,
  commit,
  files: files.map((path) => ({ path, sha256: '0'.repeat(64), sizeBytes: 1, url: '/' })),
});

let home: string;
let prepared: string;
let model: string;
const reports: Report[] = [];

async function work<K extends JobResult['kind']>(
  kind: K,
  payload: JobPayload,
  folders: Partial<Assignment>,
): Promise<Outcome & { folder: string; result: Extract<JobResult, { kind: K }> }> {
  const folder = await mkdtemp(join(home, `${kind}-`));
  reports.length = 0;
  const outcome = await runInThread(
    {
      payload,
      folder,
      threads: 1,
      attempt: 1,
      tunnel: { url: '', job: '', token: '', leaseToken: '' },
      ...folders,
    },
    (report) => reports.push(report),
    new AbortController().signal,
  );
  return { ...outcome, folder, result: outcome.result as Extract<JobResult, { kind: K }> };
}

const training = (algorithm: string, config: Record<string, Json>, lane: Lane = 'native') => ({
  kind: 'train' as const,
  run: crypto.randomUUID(),
  spec: {
    project: 'flora',
    algorithm,
    config,
    dataset: 'flora/dataset',
    revision: 'main',
    seed: 1,
    lane,
    model: 'flora/model',
    checkpointEverySeconds: 1,
  },
  dataset: inputOf('dataset'),
});
const train = (algorithm: string, config: Record<string, Json>, dataset = prepared, lane?: Lane) =>
  work('train', training(algorithm, config, lane), { dataset });

/** A prepared version of one file of the raw folder. */
async function prepare(file: string, recipe: Json): Promise<string> {
  const payload = { kind: 'prepare' as const, dataset: inputOf('dataset', [file]), recipe, seed: 1 };
  return join((await work('prepare', payload, { dataset: join(home, 'raw') })).folder, 'prepared');
}

const accuracy = (found: Evaluation | undefined): number => found?.metrics['accuracy']?.value ?? Number.NaN;

const failureOf = async (going: Promise<unknown>) => {
  const error: unknown = await going.catch((thrown: unknown) => thrown);
  if (!(error instanceof ThreadFailure)) throw new Error(`expected a failure, got ${String(error)}`);
  return error.failure;
};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'banyan-jobs-'));
  await mkdir(join(home, 'raw'));
  await writeFile(join(home, 'raw/flowers.csv'), `size,height,ground,kind\n${flowers.join('\n')}\n`);
  await writeFile(join(home, 'raw/README.md'), '# Flowers\n');
  const payload = {
    kind: 'prepare' as const,
    dataset: inputOf('dataset', ['flowers.csv', 'README.md']),
    recipe,
    seed: 1,
  };
  prepared = join((await work('prepare', payload, { dataset: join(home, 'raw') })).folder, 'prepared');
  model = join((await train('mlp', { epochs: 30 })).folder, 'result');
}, 180_000);
afterAll(() => rm(home, { recursive: true, force: true }));

it('profiles a version without a recipe', async () => {
  const payload = {
    kind: 'prepare' as const,
    dataset: inputOf('dataset', ['flowers.csv', 'README.md']),
    seed: 1,
  };
  const { result } = await work('prepare', payload, { dataset: join(home, 'raw') });
  expect(result.profile).toMatchObject({ rows: 240 });
  expect(result.rows[1]).toMatchObject({ ground: 'wet', kind: 'bee' });
});

it('trains, beats the baseline, and writes a model folder with its card', async () => {
  const { result, files, folder } = await train('mlp', { epochs: 30 });
  expect(files.map(({ path }) => path).sort()).toEqual(
    ['README.md', 'banyan.json', 'model.onnx', 'model.safetensors', 'preparation.json'].sort(),
  );
  expect(result.baseline?.algorithm).toBe('majority');
  expect(accuracy(result.evaluation)).toBeGreaterThan(accuracy(result.baseline?.evaluation) + 0.3);
  const names = new Set(
    reports.flatMap((report) => (report.kind === 'points' ? report.points.map(({ name }) => name) : [])),
  );
  expect([...names]).toEqual(expect.arrayContaining(['loss', 'learning_rate', 'valid_accuracy']));
  const card = await readFile(join(folder, 'result/README.md'), 'utf8');
  expect(parse(card.split('---')[1] ?? '')).toMatchObject({
    library_name: 'banyan',
    datasets: ['flora/dataset'],
    'model-index': [{ name: 'flora/model' }],
  });
  expect(card).toContain('baseline: majority');
  expect(card).toContain('banyan deploy flora/model');
});

it('says which arithmetic a model was trained with: in the result, the card and banyan.json', async () => {
  const native = await train('mlp', { epochs: 2 });
  expect(native.result.runtime).toMatchObject({ name: 'onnxruntime-node', provider: 'native', threads: 1 });
  const { result, folder } = await train('mlp', { epochs: 2 }, prepared, 'deterministic');
  expect(result.runtime).toMatchObject({ name: 'onnxruntime-web', provider: 'wasm', threads: 1 });
  const read = (path: string) => readFile(join(folder, 'result', path), 'utf8');
  expect(JSON.parse(await read('banyan.json'))).toMatchObject({
    seed: 1,
    lane: 'deterministic',
    runtime: result.runtime,
  });
  expect(await read('README.md')).toMatch(
    /deterministic lane: .* on any machine with onnxruntime-web \d+\.\d+\.\d+ \(wasm, 1 thread\)/,
  );
  const again = await train('mlp', { epochs: 2 }, prepared, 'deterministic');
  expect(await readFile(join(again.folder, 'result/model.safetensors'))).toEqual(
    await readFile(join(folder, 'result/model.safetensors')),
  );
});

it('scores a model on held-out rows, and refuses data that was prepared otherwise', async () => {
  const payload = {
    kind: 'evaluate' as const,
    model: inputOf('model'),
    dataset: inputOf('dataset'),
    seed: 1,
  };
  const { result } = await work('evaluate', payload, { dataset: prepared, model });
  expect(result.evaluation.rows).toBe(72);
  expect(result.evaluation.confusion?.labels).toEqual(['ant', 'bee', 'cat']);

  const other = {
    kind: 'prepare' as const,
    dataset: inputOf('dataset', ['flowers.csv']),
    seed: 9,
    recipe: { ...recipe, steps: [{ impute: {} }, { encode: {} }] },
  };
  const dataset = join((await work('prepare', other, { dataset: join(home, 'raw') })).folder, 'prepared');
  await expect(work('evaluate', payload, { dataset, model })).rejects.toThrow(/prepared in another way/);
});

it('explains which columns a model relies on', async () => {
  const payload = {
    kind: 'explain' as const,
    model: inputOf('model'),
    dataset: inputOf('dataset'),
    rows: 5,
    seed: 1,
  };
  const { files } = await work('explain', payload, { dataset: prepared, model });
  const found = JSON.parse(await readFile(files[0]?.file ?? '', 'utf8'));
  expect(found).toMatchObject({ version: 1, metric: 'accuracy', rowsUsed: 72, seed: 1 });
  const importance = Object.fromEntries(
    found.permutation.map((item: { column: string; importance: number }) => [item.column, item.importance]),
  );
  expect(Math.max(importance.size, importance.height)).toBeGreaterThan(importance.ground + 0.1);
  expect(found.gradients.rows).toHaveLength(5);
  expect(found.gradients.rows[0]).toMatchObject({ row: 0, predicted: expect.any(String) });
  expect(found.gradients.completenessError).toBeLessThan(0.1);
});

it('credits a category with what its learned row does, though its index has no derivative', async () => {
  const words = ['ant', 'bee', 'cat', 'dog'];
  const rows = Array.from(
    { length: 160 },
    (_, at) => `${words[at % 4]},${(at * 7) % 5},${[3, -3, 3, -3][at % 4]}`,
  );
  await writeFile(join(home, 'raw/words.csv'), `word,noise,y\n${rows.join('\n')}\n`);
  const steps = [{ encode: { columns: 'word', method: 'ordinal' } }, { scale: {} }];
  const split = { train: 0.6, valid: 0.1, test: 0.3 };
  const dataset = await prepare('words.csv', { task: 'regression', target: 'y', steps, split });
  const { folder } = await train('mlp', { epochs: 40 }, dataset);
  const payload = { kind: 'explain' as const, model: inputOf('model'), dataset: inputOf('dataset') };
  const folders = { dataset, model: join(folder, 'result') };
  const { files } = await work('explain', { ...payload, rows: 8, seed: 1 }, folders);
  const { gradients } = JSON.parse(await readFile(files[0]?.file ?? '', 'utf8'));
  expect(gradients.completenessError).toBeLessThan(0.1);
  for (const { predicted, contributions } of gradients.rows) {
    expect(Math.abs(predicted)).toBeCloseTo(3, 0);
    expect(contributions.word * Math.sign(predicted)).toBeGreaterThan(2);
    // Of an answer of 3 or -3 a little is left to what is only noise in 96 rows.
    expect(Math.abs(contributions.noise)).toBeLessThan(0.8);
  }
});

it('takes and explains columns by their own names, also where the graph needs the name for itself', async () => {
  const names = ['value', 'label', 'column.value', 'a b', '"q"', "o'", 'ünï.ç', 'add_1', 'constant_0'];
  const rows = Array.from({ length: 120 }, (_, at) => {
    const numbers = names.map((name, column) => [name, ((at * (column + 3)) % 13) + (at % 2 ? 20 : 0)]);
    return { ...Object.fromEntries(numbers), label: at % 2 ? 'up' : 'down', y: at % 2 };
  });
  await writeFile(join(home, 'raw/odd.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const steps = [{ scale: {} }, { encode: {} }];
  const split = { train: 0.6, valid: 0.1, test: 0.3 };
  const dataset = await prepare('odd.jsonl', { task: 'regression', target: 'y', steps, split });
  const { folder } = await train('linear', { epochs: 10 }, dataset);
  const odd = join(folder, 'result');
  expect(await readFile(join(odd, 'README.md'), 'utf8')).toContain(String.raw`"o'\''":0,"ünï.ç":0`);

  const served = await openModel(odd, { threads: 1 });
  const { y, ...row } = rows[1] ?? { y: Number.NaN };
  expect(await served.predict([row])).toEqual([{ value: expect.closeTo(y, 0) }]);
  expect(served.metadata().inputs.map(({ name }) => name)).toEqual(names);
  await expect(served.predict([{ ...row, value: 'many' }])).rejects.toThrow('column "value" needs a number');
  const short = Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'value'));
  await expect(served.predict([short])).rejects.toThrow('has no column "value". Expected: value, label,');
  await served.close();

  const payload = { kind: 'explain' as const, model: inputOf('model'), dataset: inputOf('dataset') };
  const { files } = await work('explain', { ...payload, rows: 1, seed: 1 }, { dataset, model: odd });
  const found = JSON.parse(await readFile(files[0]?.file ?? '', 'utf8'));
  expect(found.permutation.map(({ column }: { column: string }) => column).sort()).toEqual(names.toSorted());
});

it('measures the baseline by the likelihood of the model it is compared with', async () => {
  const rows = Array.from({ length: 100 }, (_, at) => `${at % 10},${(at * 7) % 11}`);
  await writeFile(join(home, 'raw/pairs.csv'), `a,b\n${rows.join('\n')}\n`);
  const split = { train: 0.6, valid: 0.1, test: 0.3 };
  const dataset = await prepare('pairs.csv', { task: 'reconstruction', steps: [{ scale: {} }], split });
  const { result } = await train('vae', { likelihood: 'gaussian', epochs: 2, latent: 1 }, dataset);
  // Half the squared distance from the mean, of two columns with a variance of 1.
  const nats = result.baseline?.evaluation.metrics['reconstruction']?.value;
  expect(nats).toBeGreaterThan(0.7);
  expect(nats).toBeLessThan(1.3);
});

it('refuses a text that is too short to be scored before it trains, and writes a language model as others load it', async () => {
  const lines = Array.from({ length: 40 }, (_, at) => `{"text":"line ${at} of a short text"}`);
  await writeFile(join(home, 'raw/text.jsonl'), lines.join('\n'));
  const steps = [{ tokenize: { column: 'text', method: 'bytes' } }];
  const split = { train: 0.8, valid: 0.1, test: 0.1 };
  const dataset = await prepare('text.jsonl', { task: 'generation', steps, split });
  const small = { layers: 1, heads: 1, width: 8, batchSize: 2, steps: 2 };
  const failure = await failureOf(train('gpt', { ...small, context: 256 }, dataset));
  expect(failure.code).toBe('ALGORITHM_DATA');
  const told = /^the test split .* it has (\d+) tokens, and one context of 256 .* at most (\d+),/;
  expect(failure.message).toMatch(told);
  const [, tokens, most] = told.exec(failure.message) ?? [];
  expect(Number(most)).toBe(Number(tokens) - 1);
  expect(reports.filter(({ kind }) => kind === 'points')).toEqual([]);
  const { result, files, folder } = await train('gpt', { ...small, context: Number(most) }, dataset);
  expect(result.baseline?.evaluation.rows).toBe(result.evaluation.rows);

  // The folder is Hugging Face's too, and its graph is the one that is served.
  expect(files.map(({ path }) => path)).toContain('onnx/model.onnx');
  const config = JSON.parse(await readFile(join(folder, 'result/config.json'), 'utf8'));
  expect(config).toMatchObject({ model_type: 'gpt2', vocab_size: 256, n_positions: Number(most) });
  const served = await openModel(join(folder, 'result'));
  expect(await Array.fromAsync(served.generate('line', { maxTokens: 3, seed: 1 }))).toHaveLength(3);
  await served.close();
});

interface Explained {
  predicted: string;
  words: { word: string; contribution: number }[];
}

it('learns to classify texts, and serves and explains the model by raw texts', async () => {
  const rows = Array.from({ length: 90 }, (_, at) => ({
    review: `a ${at % 2 ? 'fine' : 'poor'} book, the number ${at % 7}`,
    mood: at % 2 ? 'up' : 'down',
  }));
  await writeFile(join(home, 'raw/reviews.json'), JSON.stringify(rows));
  const steps = [{ tokenize: { column: 'review', length: 12, vocabulary: 300 } }];
  const dataset = await prepare('reviews.json', { target: 'mood', steps });
  const config = { layers: 1, heads: 2, width: 16, pretrainingSteps: 5, epochs: 10, learningRate: 0.005 };
  const { result, folder } = await train('bert', { ...config, dropout: 0, batchSize: 8 }, dataset);
  expect(result.baseline?.algorithm).toBe('linear');
  expect(accuracy(result.evaluation)).toBe(1);
  const points = reports.flatMap((report) => (report.kind === 'points' ? report.points : []));
  const stepsOf = (name: string) => points.filter((point) => point.name === name).map(({ step }) => step);
  expect(stepsOf('pretraining_loss')).toEqual([1, 2, 3, 4, 5]);
  expect(stepsOf('loss')[0]).toBe(6);

  const dir = join(folder, 'result');
  const manifest = JSON.parse(await readFile(join(dir, 'banyan.json'), 'utf8'));
  expect(manifest).toMatchObject({ inputs: [{ name: 'review', type: 'string' }], context: 12 });
  const card = await readFile(join(dir, 'README.md'), 'utf8');
  expect(card).toContain('pipeline_tag: text-classification');
  expect(card).toContain(`banyan predict flora-model --row '{"review":`);
  const foreign = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
  expect(foreign).toMatchObject({ model_type: 'bert', id2label: { 0: 'down', 1: 'up' }, pad_token_id: 0 });
  const served = await openModel(dir);
  const answers = await served.predict([
    { review: 'A FINE book, the number 3' },
    { review: 'a POOR book, the number 3' },
  ]);
  expect(answers).toMatchObject([{ label: 'up' }, { label: 'down' }]);
  await served.close();
  const about = { model: inputOf('model'), dataset: inputOf('dataset'), seed: 1 };
  const scored = await work('evaluate', { kind: 'evaluate', ...about }, { dataset, model: dir });
  expect(accuracy(scored.result.evaluation)).toBe(1);

  const { files } = await work('explain', { kind: 'explain', ...about, rows: 4 }, { dataset, model: dir });
  const { texts } = JSON.parse(await readFile(files[0]?.file ?? '', 'utf8'));
  expect(texts.rows).toHaveLength(4);
  expect(texts.completenessError).toBeLessThan(0.1);
  // Against a text of hidden words, which has an answer too: only the other answer needs words.
  const moved = (texts.rows as Explained[]).filter(
    ({ words }) => words.reduce((sum, { contribution }) => sum + contribution, 0) > 0.5,
  );
  expect(moved.length).toBeGreaterThan(0);
  for (const { predicted, words } of moved) {
    const [strongest] = words.toSorted((a, b) => b.contribution - a.contribution);
    expect(strongest?.word).toBe(predicted === 'up' ? 'fine' : 'poor');
    expect(words.map(({ word }) => word).slice(0, 3)).toEqual(['a', strongest?.word, 'book']);
  }
});

it('tells wrong settings and a broken recipe in one sentence each', async () => {
  expect(await failureOf(train('mlp', { epochs: -1 }))).toMatchObject({
    code: 'ALGORITHM_CONFIG',
    message: expect.stringContaining('epochs'),
    retry: false,
  });
  const payload = {
    kind: 'prepare' as const,
    dataset: inputOf('dataset', ['flowers.csv']),
    seed: 1,
    recipe: { ...recipe, target: 'kin' },
  };
  expect(await failureOf(work('prepare', payload, { dataset: join(home, 'raw') }))).toMatchObject({
    code: 'DATA_COLUMN',
    message: expect.stringContaining('"kind"'),
  });
});

it('stops a training that diverges, with advice and without another attempt', async () => {
  const rows = Array.from(
    { length: 60 },
    (_, at) => `${at % 2 === 0 ? '-' : ''}${1 + (at % 7)}e37,${at % 2}`,
  );
  await writeFile(join(home, 'raw/huge.csv'), `x,y\n${rows.join('\n')}\n`);
  const huge = { task: 'regression', target: 'y', steps: [], split: { train: 0.6, valid: 0.2, test: 0.2 } };
  const failure = await failureOf(train('mlp', { epochs: 5 }, await prepare('huge.csv', huge)));
  expect(failure).toMatchObject({ code: 'NOT_FINITE', retry: false });
  expect(failure.message).toMatch(/learning ?rate/i);
});

it('ends a thread that is asked to stop in mid-training', async () => {
  const stop = new AbortController();
  const folder = await mkdtemp(join(home, 'stopped-'));
  const payload = training('mlp', { epochs: 10_000, patience: 0 });
  const tunnel = { url: '', job: '', token: '', leaseToken: '' };
  const going = runInThread(
    { payload, folder, threads: 1, attempt: 1, tunnel, dataset: prepared },
    (report) => {
      if (report.kind === 'points') stop.abort(new Error('enough'));
    },
    stop.signal,
  );
  await expect(going).rejects.toThrow('enough');
});
