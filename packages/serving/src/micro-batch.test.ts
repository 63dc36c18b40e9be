import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Feeds } from './input-columns.ts';
import { createMicroBatcher, type MicroBatchOptions } from './micro-batch.ts';

const feedsOf = (values: number[]): Feeds => ({
  x: { dtype: 'float32', shape: [values.length], data: Float32Array.from(values) },
  name: { dtype: 'string', shape: [values.length, 1], data: values.map((value) => `n${value}`) },
});

/** Doubles x and echoes names, slowly, remembering the size of every run. */
function doubling(options: MicroBatchOptions = {}) {
  const runs: number[] = [];
  const batcher = createMicroBatcher(async (feeds) => {
    const x = feeds.x!.data as Float32Array;
    runs.push(x.length);
    await sleep(5);
    if (x.includes(-1)) throw new Error('minus one');
    return {
      y: { dtype: 'float32', shape: [x.length], data: x.map((value) => 2 * value) },
      name: feeds.name!,
    };
  }, options);
  const ask = async (...values: number[]): Promise<number[]> => {
    const { y, name } = await batcher.submit(feedsOf(values), values.length);
    expect(name).toEqual({
      dtype: 'string',
      shape: [values.length, 1],
      data: values.map((value) => `n${value}`),
    });
    return [...(y!.data as Float32Array)];
  };
  return { runs, batcher, ask };
}

test('requests that arrive together share a run, and each gets its own rows', async () => {
  const { runs, ask } = doubling();
  const answers = await Promise.all([ask(1), ask(2, 3), ask(4, 5, 6)]);
  expect(answers).toEqual([[2], [4, 6], [8, 10, 12]]);
  expect(runs).toEqual([6]);
});

test('a run takes no more than maxBatch, and a longer request goes through in parts', async () => {
  const { runs, ask } = doubling({ maxBatch: 4 });
  const many = Array.from({ length: 10 }, (_, i) => i);
  const [long, short] = await Promise.all([ask(...many), ask(100)]);
  expect(long).toEqual(many.map((value) => 2 * value));
  expect(short).toEqual([200]);
  expect(runs).toEqual([4, 4, 3]);
});

test('a full queue says busy, and takes work again when it has emptied', async () => {
  const { ask } = doubling({ maxBatch: 2, maxQueued: 4 });
  const accepted = [ask(1, 2), ask(3, 4), ask(5, 6)];
  await expect(ask(7)).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringContaining('4 examples are waiting'),
  });
  expect(await Promise.all(accepted)).toEqual([
    [2, 4],
    [6, 8],
    [10, 12],
  ]);
  expect(await ask(7)).toEqual([14]);
  await expect(ask(1, 2, 3, 4, 5)).rejects.toMatchObject({ code: 'input' });
});

test('a request that fails does not spoil its neighbours', async () => {
  const { runs, ask } = doubling();
  const [good, bad, other] = await Promise.allSettled([ask(1), ask(-1), ask(2)]);
  expect(good).toMatchObject({ value: [2] });
  expect(other).toMatchObject({ value: [4] });
  expect(bad).toMatchObject({ reason: { code: 'runtime', message: 'the model failed: minus one' } });
  expect(runs).toEqual([3, 1, 1, 1]);
});

test('close finishes what runs and refuses the rest', async () => {
  const { batcher, ask } = doubling({ maxBatch: 1 });
  const [running, waiting] = [ask(1), ask(2)];
  const settled = Promise.allSettled([running, waiting]);
  await batcher.close();
  expect(await settled).toMatchObject([{ value: [2] }, { reason: { code: 'closed' } }]);
  await expect(ask(3)).rejects.toMatchObject({ code: 'closed' });
});
