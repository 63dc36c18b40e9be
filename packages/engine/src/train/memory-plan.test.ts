import { expect, test } from 'vitest';
import { trainInProcess } from '../testing/process.ts';
import { tinyProgram } from './tiny.ts';
import { createTrainer } from './trainer.ts';

test.each([
  'models.perceptron({ rows: 1024, widths: [1024, 2048, 1024, 10] })',
  'models.transformer({ rows: 8, context: 256, width: 128, heads: 4, layers: 6 })',
  'models.transformer({ rows: 8, context: 128, width: 128, heads: 4, layers: 2, vocabulary: 8000 })',
  'models.transformer({ rows: 1, context: 2048, width: 64, heads: 2, layers: 2, attend: (q, k, v) => engine.attention(q, k, v, { causal: true, tile: 2048 }) })',
  'models.recurrent({ rows: 64, length: 48, width: 256 })',
])('the plan of %s is within a quarter of what its process takes', async (program) => {
  const { peakBytes, plan } = await trainInProcess(program);
  expect(plan.totalBytes / peakBytes).toBeGreaterThan(0.75);
  expect(plan.totalBytes / peakBytes).toBeLessThan(1.25);
});

test('a plan beyond the limit is refused before anything is allocated, with what takes it and what helps', async () => {
  const options = { optimizer: { kind: 'adamw', learningRate: 1e-3 }, seed: 1 } as const;
  await expect(createTrainer(tinyProgram(), { ...options, memoryLimitBytes: 1e6 })).rejects.toMatchObject({
    code: 'memory',
    message: expect.stringMatching(
      /would take 15\d MB of memory, more than the 1\.0 MB it may.*the largest value is .*a smaller batch/,
    ),
  });
});
