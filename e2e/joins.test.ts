import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uploadBlob } from '@banyan/contract';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, newFolder, startHub } from './hub-process.ts';
import { signUp } from './person.ts';

const fields = ['soil,rain,harvest'];
for (let row = 0; row < 200; row++)
  fields.push(`S${row % 4},${(row * 37) % 50},${row % 4 < 2 ? 'poor' : 'rich'}`);
const soils = 'code,clay,ph\nS0,10,6.1\nS1,12,6.3\nS2,40,7.1\nS3,44,7.0\n';

it('joins two datasets on a real worker, and trains a model that asks for the columns of both', async () => {
  const home = await newFolder('banyan-joins-');
  const hub = await startHub({ home: join(home, 'hub'), port: await freePort() });
  onTestFinished(async () => {
    await hub.stop();
    await rm(home, { recursive: true, force: true });
  });
  const person = { username: 'ana', name: 'Ana', password: 'correct horse' };
  const { api, options } = await signUp(hub.url, { setup: hub.setupCode }, person);
  await api.projects.create({ slug: 'farm', title: 'Farm' });
  const push = async (name: string, path: string, text: string) => {
    const at = { kind: 'dataset' as const, namespace: 'farm', name };
    await api.repositories.create(at);
    const { sha256 } = await uploadBlob(options, new Blob([text]));
    return api.repositories.commit({ ...at, message: 'add', operations: [{ op: 'add', path, sha256 }] });
  };
  const [raw, survey] = [
    await push('fields', 'fields.csv', fields.join('\n')),
    await push('soils', 'soils.csv', soils),
  ];
  const end = async (id: string) => {
    for (;;) {
      const job = await api.jobs.get({ id });
      if (job.state !== 'queued' && job.state !== 'running') return job;
      await sleep(100);
    }
  };
  const { id } = await api.jobs.prepare({
    project: 'farm',
    dataset: 'farm/fields',
    recipe: {
      target: 'harvest',
      steps: [
        { join: { dataset: 'farm/soils', on: { soil: 'code' }, prefix: 'soil_' } },
        { select: { except: 'soil' } },
        { scale: {} },
      ],
    },
    output: 'farm/prepared',
  });
  expect(await end(id)).toMatchObject({ state: 'succeeded' });
  const made = await api.repositories.get({ kind: 'dataset', namespace: 'farm', name: 'prepared' });
  expect(made.sources).toEqual([
    { dataset: 'farm/fields', revision: raw.id },
    { dataset: 'farm/soils', revision: survey.id },
  ]);
  const read = async (kind: string, name: string, path: string) =>
    (
      await fetch(`${hub.url}/${kind}farm/${name}/resolve/main/${path}`, {
        headers: { authorization: `Bearer ${options.token}` },
      })
    ).text();
  const card = await read('datasets/', 'prepared', 'README.md');
  expect(card).toContain(
    `Made from \`farm/fields\` at \`${raw.id}\`, joined with \`farm/soils\` at \`${survey.id}\``,
  );
  expect(card).toContain('"soil_clay", "soil_ph" were joined from farm/soils');

  const run = await api.runs.create({
    project: 'farm',
    algorithm: 'linear',
    dataset: 'farm/prepared',
    model: 'farm/model',
  });
  expect(await end(run.job)).toMatchObject({ state: 'succeeded' });
  const manifest = JSON.parse(await read('', 'model', 'banyan.json'));
  expect(manifest.inputs.map(({ name }: { name: string }) => name)).toEqual(['rain', 'soil_clay', 'soil_ph']);
  const { evaluation } = await api.runs.get({ id: run.id });
  expect(evaluation?.metrics['accuracy']?.value).toBeGreaterThan(0.9);
}, 120_000);
