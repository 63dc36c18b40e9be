import { readFile } from 'node:fs/promises';
import { asHubError, type Json } from '@banyan/contract';
import { packageFile } from '../package-file.ts';
import * as say from './say.ts';
import { finished, note, project, push, ready, type World } from './world.ts';

const raw = 'tromso/penguins';
const prepared = `${project}/penguins-prepared`;

const recipe = {
  task: 'classification',
  target: 'Species',
  steps: [
    { 'drop-duplicates': {} },
    { impute: { columns: '*', numbers: 'median', strings: 'mode' } },
    { scale: { columns: '*', method: 'standard' } },
    { encode: { columns: '*', method: 'one-hot' } },
  ],
  split: { method: 'stratified', by: 'Species', train: 0.6, valid: 0.15, test: 0.25 },
};

/** Consent first, then prepare, race, explain, deploy and ask: the whole chain on a table. */
export async function penguins(world: World): Promise<void> {
  await publishUnderTerms(world);
  await askForAccess(world);
  const job = await world.kwame.api.jobs.prepare({ project, dataset: raw, recipe, output: prepared });
  await finished(world.kwame, job);
  say.line(`cleaned, transformed and split by a recipe: ${prepared}`);
  const winner = await race(world);
  await explain(world, winner);
  await serve(world, winner);
}

async function publishUnderTerms({ ingrid, hub, addresses }: World): Promise<void> {
  say.heading('Institution A publishes the penguins under terms');
  await ingrid.api.repositories.create({
    kind: 'dataset',
    namespace: 'tromso',
    name: 'penguins',
    title: 'Palmer penguins',
    visibility: 'gated',
    licence: 'CC0-1.0',
    terms: { text: 'For ecological research. Name the station in what you publish.', purposes: ['research'] },
  });
  const card = [
    '# Palmer penguins',
    '',
    'Measurements of 344 penguins of three species on three islands of the Palmer Archipelago, Antarctica.',
    'Some values are missing, as field work goes.',
    '',
  ].join('\n');
  await push(
    ingrid,
    { kind: 'dataset', namespace: 'tromso', name: 'penguins' },
    [
      { path: 'penguins.json', from: packageFile('vega-datasets', 'data/penguins.json') },
      { path: 'README.md', from: new TextEncoder().encode(card) },
    ],
    'Measurements of the seasons 2007 to 2009',
  );
  say.line(`ingrid publishes ${raw}: everybody may see the card, its files need her consent`);
  addresses.push(['the dataset', `${hub.url}/datasets/${raw}`]);
}

async function askForAccess({ ingrid, kwame }: World): Promise<void> {
  const refusal = await kwame.api.jobs
    .prepare({ project, dataset: raw, recipe, output: prepared })
    .then(() => undefined, asHubError);
  if (refusal?.code !== 'CONSENT_NEEDED') throw new Error(`The hub let kwame use ${raw} without consent.`);
  say.line(`kwame may not use it yet: "${refusal.message}"`);
  const request = await kwame.api.grants.request({
    resource: { kind: 'dataset', path: raw },
    subject: { kind: 'project', slug: project },
    purpose: 'Tell the species from a few measurements, to spare the birds.',
    acceptTerms: true,
  });
  const until = new Date(Date.now() + 90 * 86_400_000).toISOString();
  await ingrid.api.grants.decide({
    id: request.id,
    decision: 'grant',
    until,
    note: 'Welcome. Until the end of the season.',
  });
  say.line('kwame asks for the project; ingrid grants it for 90 days');
}

async function race(world: World): Promise<string> {
  say.heading('Which algorithm is best? A race on one split');
  const startedAt = performance.now();
  const { kwame } = world;
  const { id } = await kwame.api.races.create({
    project,
    title: 'Species of a penguin',
    dataset: prepared,
    metric: 'accuracy',
    model: 'penguin-species',
    candidates: [
      { algorithm: 'majority' },
      { algorithm: 'linear', name: 'logistic regression' },
      { algorithm: 'mlp', name: 'one hidden layer', config: { hidden: [32] } },
      { algorithm: 'mlp', name: 'two hidden layers', config: { hidden: [64, 32] } },
    ],
  });
  let now = await kwame.api.races.get({ id });
  while (now.state === 'running') {
    const done = now.leaderboard.filter(({ score }) => score !== undefined).length;
    say.progress(`${done} of ${now.leaderboard.length} candidates are trained`);
    await new Promise((wait) => setTimeout(wait, 400));
    now = await kwame.api.races.get({ id });
  }
  const failed = now.leaderboard.find(({ run }) => run.state !== 'succeeded');
  if (failed !== undefined)
    throw new Error(`${failed.run.name}: ${failed.run.error?.message ?? failed.run.state}`);
  say.table(
    ['candidate', 'rank', 'accuracy', '95 % interval', ''],
    now.leaderboard.map(({ rank, run, score, tied, baseline }) => [
      run.name,
      String(rank ?? ''),
      score?.value.toFixed(3) ?? '',
      score === undefined ? '' : `[${score.low.toFixed(3)}, ${score.high.toFixed(3)}]`,
      baseline ? 'baseline' : tied && rank !== 1 ? 'no worse than the leader' : '',
    ]),
  );
  const best = now.leaderboard[0]!.run;
  note(
    world,
    'species of a penguin',
    'accuracy',
    (value) => value >= 0.95,
    best,
    (performance.now() - startedAt) / 1000,
  );
  world.addresses.push(['the race', `${world.hub.url}/projects/${project}/races/${id}`]);
  world.addresses.push(['the winner', `${world.hub.url}/models/${best.spec.model}`]);
  return best.spec.model;
}

async function explain({ kwame }: World, model: string): Promise<void> {
  say.heading('Why does it say so? The winner explained');
  await finished(kwame, await kwame.api.jobs.explain({ project, model, rows: 40 }));
  const [namespace = '', name = ''] = model.split('/');
  const { explanation } = await kwame.api.repositories.explanation({ kind: 'model', namespace, name });
  const { permutation } = explanation as {
    permutation: { column: string; importance: number; low: number; high: number }[];
  };
  say.table(
    ['column', 'accuracy lost when shuffled', '95 % interval'],
    permutation
      .toSorted((a, b) => b.importance - a.importance)
      .map(({ column, importance, low, high }) => [
        column,
        importance.toFixed(3),
        `[${low.toFixed(3)}, ${high.toFixed(3)}]`,
      ]),
  );
}

async function serve({ kwame, hub, addresses }: World, model: string): Promise<void> {
  say.heading('The winner behind an address');
  const { name } = await ready(kwame, await kwame.api.deployments.create({ model, name: 'penguin-species' }));
  const rows = JSON.parse(
    await readFile(packageFile('vega-datasets', 'data/penguins.json'), 'utf8'),
  ) as Record<string, Json>[];
  const { Species: species, ...row } = rows.at(-1)!;
  const { predictions } = await kwame.api.deployments.predict({ name, rows: [row] });
  const answer = predictions[0] as { label: string; probabilities: Record<string, number> };
  say.line(`a raw row in: ${JSON.stringify(row)}`);
  say.line(
    `out: ${answer.label} (${((answer.probabilities[answer.label] ?? 0) * 100).toFixed(1)} %); the bird is a ${species as string}`,
  );
  const infer = await fetch(`${hub.url}/v2/models/${name}`, {
    headers: { authorization: `Bearer ${kwame.token}` },
  });
  if (!infer.ok) throw new Error(`The Open Inference Protocol does not know ${name}: ${infer.status}`);
  say.line(`the same model by the Open Inference Protocol: ${hub.url}/v2/models/${name}/infer`);
  addresses.push(['try the model', `${hub.url}/deployments/${name}`]);
}
