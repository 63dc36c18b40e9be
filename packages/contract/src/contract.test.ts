import { expect, it } from 'vitest';
import { z } from 'zod';
import { contract } from './contract.ts';
import { filePath, HubError, hubErrors, repositoryPath, runSpec, slug } from './index.ts';

it('refuses path tricks', () => {
  for (const path of ['../x', '/etc/passwd', 'a/../b', 'a//b', 'a\u0000b', 'a\\b', '.', ''])
    expect(filePath.safeParse(path).success, path).toBe(false);
  for (const path of ['README.md', 'data/train.parquet', 'ünï çode.csv'])
    expect(filePath.parse(path)).toBe(path);
});

it('keeps names fit for addresses', () => {
  expect(slug.safeParse('Iris').success).toBe(false);
  expect(slug.safeParse('a..b').success).toBe(false);
  expect(repositoryPath.parse('flora/penguins-2')).toBe('flora/penguins-2');
});

it('gives every refusal a status and a sentence', () => {
  for (const [code, entry] of Object.entries(hubErrors)) {
    expect(entry.status, code).toBeGreaterThanOrEqual(400);
    expect(entry.message, code).toMatch(/\.$|hf_\.\.\.$/);
  }
  expect(new HubError('GONE').status).toBe(410);
});

it('fills a run with its defaults', () => {
  const spec = runSpec.parse({
    project: 'flora',
    algorithm: 'mlp',
    dataset: 'flora/iris',
    model: 'flora/iris-mlp',
  });
  expect(spec).toMatchObject({ seed: 1, revision: 'main', config: {}, checkpointEverySeconds: 30 });
});

it('takes repository names with capitals on every route that names a repository', () => {
  const routes = Object.entries(contract).flatMap(([noun, group]) =>
    Object.entries(group).map(([verb, route]) => ({ name: `${noun}.${verb}`, definition: route['~orpc'] })),
  );
  const ofRepository = routes.filter(({ definition }) =>
    definition.route.path?.includes('{namespace}/{name}'),
  );
  expect(ofRepository.length).toBeGreaterThan(20);
  for (const { name, definition } of ofRepository) {
    const input = definition.inputSchema;
    if (!(input instanceof z.ZodObject)) throw new Error(`${name} takes no object`);
    expect(input.shape['name'].safeParse('Moby-Dick_2').success, name).toBe(true);
  }
});
