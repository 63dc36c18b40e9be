import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { MemoryPlan } from './memory-plan.ts';
import { tinyProgram } from './tiny.ts';
import { createTrainer } from './trainer.ts';

const at = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);

/** Trains some steps in a process of its own; returns its peak resident memory and what was planned. */
async function measure(program: string): Promise<{ peakBytes: number; plan: MemoryPlan }> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module-typescript',
    '--eval',
    `import * as models from ${at('./testing-models.ts')};
     import { createTrainer } from ${at('./trainer.ts')};
     const program = models.${program};
     const optimizer = { kind: 'adamw', learningRate: 1e-3 };
     const trainer = await createTrainer(program, { optimizer, seed: 1, threads: 1 });
     for (let step = 0; step < 4; step++) await trainer.step(models.zerosFor(program));
     const peakBytes = process.resourceUsage().maxRSS * 1024;
     console.log(JSON.stringify({ peakBytes, plan: trainer.plan }));
     await trainer.close();`,
  ]);
  return JSON.parse(stdout) as { peakBytes: number; plan: MemoryPlan };
}

test.each([
  'perceptron({ rows: 1024, widths: [1024, 2048, 1024, 10] })',
  'transformer({ rows: 8, context: 256, width: 128, heads: 4, layers: 6 })',
  'transformer({ rows: 8, context: 128, width: 128, heads: 4, layers: 2, vocabulary: 8000 })',
  'recurrent({ rows: 64, length: 48, width: 256 })',
])('the plan of %s is within a quarter of what its process takes', async (program) => {
  const { peakBytes, plan } = await measure(program);
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
