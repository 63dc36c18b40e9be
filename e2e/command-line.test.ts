import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { banyan as printed } from './banyan.ts';
import { type HubProcess, root, startHub } from './hub-process.ts';

const penguins = join(root, 'node_modules/vega-datasets/data/penguins.json');

let hub: HubProcess;
let folder: string;

const banyan = (...words: string[]) => printed(words, { folder, env: { BANYAN_HOME: hub.home } });
const machine = async (...args: string[]) => JSON.parse(await banyan(...args, '--json'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'banyan-cli-'));
  hub = await startHub();
});
afterAll(async () => {
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
});

it("signs in with a token made on the hub's machine, and founds a project", async () => {
  const token = (await banyan('admin', 'token', 'ana')).trim();
  expect(token).toMatch(/^hf_/);
  expect(await banyan('login', hub.url, '--token', token)).toContain('as ana');
  expect(await banyan('org', 'create', 'lab', '--title', 'The lab', '--kind', 'university')).toContain(
    'You are its owner',
  );
  await banyan('project', 'create', 'ice', '--title', 'Ice', '--org', 'lab');
  expect(await machine('whoami')).toMatchObject({ person: { username: 'ana', administrator: true } });
});

it('pushes raw data, sees its profile and prepares it', async () => {
  await writeFile(join(folder, 'penguins.json'), await readFile(penguins));
  await writeFile(join(folder, 'README.md'), '# Penguins of the Palmer archipelago\n');
  const pushed = await banyan(
    'push',
    'penguins.json',
    'README.md',
    'lab/penguins',
    '--create',
    '--licence',
    'CC0-1.0',
  );
  expect(pushed).toContain('Pushed 2 files');
  expect(await banyan('push', 'penguins.json', 'lab/penguins')).toContain('nothing to commit');
  expect(await banyan('dataset', 'show', 'lab/penguins')).toContain('CC0-1.0');
  expect(await banyan('dataset', 'profile', 'lab/penguins')).toContain('344 rows');
  expect(await banyan('dataset', 'rows', 'lab/penguins')).toContain('Torgersen');
  const recipe = [
    'task: classification',
    'target: Species',
    'steps: [{ drop-duplicates: {} }, { impute: {} }, { scale: {} }, { encode: {} }]',
    'split: { method: stratified, train: 0.7, valid: 0.1, test: 0.2 }',
  ];
  await writeFile(join(folder, 'recipe.yaml'), recipe.join('\n'));
  const prepare = ['prepare', 'lab/penguins', '--recipe', 'recipe.yaml', '--to', 'ice/penguins'];
  await expect(banyan(...prepare)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('banyan access request'),
  });
  const purpose = ['--project', 'ice', '--purpose', 'tell species apart', '--accept-terms'];
  expect(await banyan('access', 'request', 'lab/penguins', ...purpose)).toContain('granted: project ice');
  expect(await banyan(...prepare)).toContain('Prepared');
});

it('races, trains, scores and explains', async () => {
  expect(await banyan('algorithms', 'mlp')).toContain('y = f(W x + b)');
  const candidates = [
    '--candidate',
    'majority',
    '--candidate',
    'linear',
    '--candidate',
    'mlp:hidden=[16],epochs=40',
  ];
  const board = await machine('race', '--data', 'ice/penguins', '--metric', 'accuracy', ...candidates);
  expect(board.leaderboard[0].score.value).toBeGreaterThan(0.9);
  expect(board.leaderboard.at(-1).run.spec.algorithm).toBe('majority');

  const trained = await banyan(
    'train',
    'mlp',
    '--data',
    'ice/penguins',
    '--model',
    'ice/species',
    '--set',
    'hidden=[32]',
    '--lane',
    'deterministic',
  );
  expect(trained).toMatch(/accuracy.*majority|majority[\s\S]*accuracy/i);
  expect(await banyan('runs', 'list', '--project', 'ice')).toMatch(/ice\/4.*mlp.*succeeded/);
  expect(await banyan('runs', 'show', 'ice/4')).toMatch(
    /lane +deterministic: onnxruntime-web [\d.]+ \(wasm, 1 thread\)/,
  );
  expect(
    (await machine('evaluate', 'ice/species', '--data', 'ice/penguins')).metrics.accuracy.value,
  ).toBeGreaterThan(0.9);
  expect(await banyan('explain', 'ice/species', '--rows', '10')).toContain('Beak Length (mm)');
});

it('serves a model and asks it about a raw row, then pulls it', async () => {
  expect(await machine('deploy', 'ice/species')).toMatchObject({ name: 'ice-species', state: 'ready' });
  const row = {
    Island: 'Biscoe',
    'Beak Length (mm)': 46.1,
    'Beak Depth (mm)': 13.2,
    'Flipper Length (mm)': 211,
    'Body Mass (g)': 4500,
    Sex: null,
  };
  const { predictions } = await machine('predict', 'ice-species', '--row', JSON.stringify(row));
  expect(predictions[0]).toMatchObject({ label: 'Gentoo' });
  await expect(banyan('predict', 'ice-species', '--row', '{"Island": "Biscoe"}')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has no column "Beak Length (mm)"'),
  });
  await expect(banyan('generate', 'ice-species', 'Once')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('banyan predict ice-species'),
  });
  expect(await banyan('deployments', 'stop', 'ice-species')).toContain('stopped');
  expect(await banyan('pull', 'ice/species', '--model', '--to', 'pulled')).toContain('Pulled');
  expect(await readFile(join(folder, 'pulled/README.md'), 'utf8')).toMatch(
    /baseline: majority[^]*deterministic lane/,
  );
});

it('refuses a setting that does not exist with one sentence and exit code 1', async () => {
  const args = ['train', 'mlp', '--data', 'ice/penguins', '--model', 'ice/nan', '--set', 'nosuch=1'];
  await expect(banyan(...args)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/nosuch/) });
});

it('classifies texts, says by which words, and takes raw ones from the command line', async () => {
  const rows = Array.from({ length: 90 }, (_, at) => ({
    text: `a ${at % 2 ? 'fine' : 'poor'} book, the number ${at % 7}, by ${['us', 'them', 'me'][at % 3]}`,
    mood: at % 2 ? 'up' : 'down',
  }));
  await writeFile(join(folder, 'reviews.json'), JSON.stringify(rows));
  await banyan('push', 'reviews.json', 'ice/reviews', '--create', '--licence', 'CC0-1.0');
  await writeFile(
    join(folder, 'texts.yaml'),
    'target: mood\nsteps: [{ tokenize: { length: 16, vocabulary: 300 } }]\n',
  );
  await banyan('prepare', 'ice/reviews', '--recipe', 'texts.yaml', '--to', 'ice/moods');
  const size = ['width=16', 'layers=1', 'heads=2', 'pretrainingSteps=5'];
  const settings = [...size, 'epochs=15', 'batchSize=8', 'learningRate=0.01', 'dropout=0', 'patience=0'];
  const sets = settings.flatMap((setting) => ['--set', setting]);
  await banyan(
    'train',
    'bert',
    '--data',
    'ice/moods',
    '--model',
    'ice/mood',
    ...sets,
    '--set',
    'batchSize=8',
  );
  expect(await banyan('explain', 'ice/mood', '--rows', '5')).toMatch(/fine|poor/);
  await machine('deploy', 'ice/mood');
  const row = JSON.stringify({ text: 'A FINE book, the number 3, by me' });
  const { predictions } = await machine('predict', 'ice-mood', '--row', row);
  expect(predictions[0]).toMatchObject({ label: 'up' });
  expect(predictions[0].probabilities.up).toBeGreaterThan(0.9);
  await expect(banyan('predict', 'ice-mood', '--row', '{"review": ""}')).rejects.toMatchObject({
    stderr: expect.stringContaining('has no column "text"'),
  });
});
