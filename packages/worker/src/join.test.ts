import { algorithmInfo } from '@banyan/contract';
import { expect, it } from 'vitest';
import { announcedCatalogue } from './join.ts';

it('announces every algorithm in the form the hub accepts, with a schema that draws a form', () => {
  const announced = announcedCatalogue();
  expect(announced.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['mlp', 'rnn', 'vae', 'gpt', 'linear']),
  );
  for (const info of announced) {
    expect(algorithmInfo.safeParse(info).error, info.name).toBeUndefined();
    const { properties = {} } = info.config as {
      properties?: Record<string, { description?: string; default?: unknown }>;
    };
    for (const [field, schema] of Object.entries(properties)) {
      expect(schema.description, `${info.name}.${field}`).toBeTruthy();
      expect(schema, `${info.name}.${field}`).toHaveProperty('default');
    }
  }
});
