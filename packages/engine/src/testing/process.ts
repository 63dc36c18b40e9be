import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MemoryPlan } from '../train/memory-plan.ts';

const at = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);

/**
 * Trains two steps in a process of its own; returns its peak resident memory, what was planned, and the last loss.
 *
 * @param program an expression over `models` (models.ts) and `engine` (index.ts)
 */
export async function trainInProcess(
  program: string,
): Promise<{ peakBytes: number; plan: MemoryPlan; loss: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module-typescript',
    '--eval',
    `import * as models from ${at('./models.ts')};
     import * as engine from ${at('../index.ts')};
     const program = ${program};
     const optimizer = { kind: 'adamw', learningRate: 1e-3 };
     const trainer = await engine.createTrainer(program, { optimizer, seed: 1, threads: 1 });
     let loss;
     for (let step = 0; step < 2; step++) ({ loss } = await trainer.step(models.zerosFor(program)));
     const peakBytes = process.resourceUsage().maxRSS * 1024;
     console.log(JSON.stringify({ peakBytes, plan: trainer.plan, loss }));
     await trainer.close();`,
  ]);
  return JSON.parse(stdout) as { peakBytes: number; plan: MemoryPlan; loss: number };
}
