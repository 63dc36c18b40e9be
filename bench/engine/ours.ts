/**
 * The training steps in Banyan's engine. Reads lines { case, steps } on stdin; answers { ms, openedMs, peakBytes }, like
 * pytorch.py: the time of each step, that of building graph and session, and the process's peak memory.
 */
import { createInterface } from 'node:readline';
import { createTrainer } from '@banyan/engine';
import { caseNamed, prepare } from './cases.ts';

interface Ready {
  step: () => Promise<unknown>;
  openedMs: number;
}

async function open(name: string): Promise<Ready> {
  const startedAt = performance.now();
  const { program, batch } = prepare(caseNamed(name));
  const trainer = await createTrainer(program, {
    optimizer: { kind: 'adamw', learningRate: 1e-3 },
    seed: 1,
    threads: 2,
  });
  return { step: () => trainer.step(batch), openedMs: performance.now() - startedAt };
}

const ready = new Map<string, Ready>();
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as { case: string; steps: number };
  const { step, openedMs } = ready.get(request.case) ?? (await open(request.case));
  ready.set(request.case, { step, openedMs });
  const ms: number[] = [];
  for (let count = 0; count < request.steps; count += 1) {
    const startedAt = performance.now();
    await step();
    ms.push(performance.now() - startedAt);
  }
  console.log(JSON.stringify({ ms, openedMs, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}
