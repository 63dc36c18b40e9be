import { describe, expect, test } from 'vitest';
import { tensorData } from '../dtype.ts';
import { toOnnx } from '../onnx.ts';
import { type Feeds, openSession, type SessionOptions } from '../runtime/session.ts';
import type { TensorData } from '../tensor.ts';
import { pretrained, randomFeeds, readPackaged } from './pretrained.ts';
import { readOnnx } from './read-onnx.ts';

async function run(
  bytes: Uint8Array,
  feeds: Feeds,
  options: SessionOptions,
): Promise<Record<string, TensorData>> {
  const session = await openSession(bytes, { threads: 1, ...options });
  const results = await session.run(feeds);
  await session.close();
  return results;
}

describe.each(Object.entries(pretrained))('%s', (name, { file, options }) => {
  const bytes = readPackaged(file);
  const fixed = options.values === undefined ? {} : { sr: tensorData('int64', [], [16_000]) };

  test('computes what it computes in its own file, to the last bit', async () => {
    const model = await readOnnx(bytes, options);
    const { graph, inputs, outputs, parameters } = model;
    const feeds = randomFeeds(inputs, name);
    const ours = await run(toOnnx(graph, { inputs, outputs, initializers: parameters }), feeds, {
      optimization: 'disabled',
    });
    const theirs = await run(bytes, { ...feeds, ...fixed }, { optimization: 'disabled' });
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    expect(ours).toEqual(theirs);
    expect(graph.parameters.length).toBeGreaterThan(10);
  });
});
