/** `node ours.ts TABLE OUT MEMORY_MB`: prepares a table in a process of its own, says how far it is, and prints what it took. */
import { basename } from 'node:path';
import { parseRecipe, prepare } from '@banyan/data';
import { recipeText } from './recipe.ts';

const [table = '', outDir = '', memoryLimitMb = ''] = process.argv.slice(2);
const began = performance.now();
let phase = '';
const fitted = await prepare({
  files: [{ path: table, name: basename(table) }],
  recipe: parseRecipe(recipeText),
  seed: 1,
  outDir,
  threads: 2,
  memoryLimitMb: Number(memoryLimitMb),
  onProgress: (event) => {
    if (event.phase === phase) return;
    phase = event.phase;
    const seconds = Math.round((performance.now() - began) / 1000);
    console.error(`  ${seconds} s: ${phase} (${event.done} of ${event.total})`);
  },
});
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const { splits, columns } = fitted;
console.log(
  JSON.stringify({
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: maxRSS * 1024,
    rows: [splits.train, splits.valid, splits.test],
    medians: columns.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.op === 'impute' && typeof step.value === 'number' ? [step.value] : [])),
    ),
  }),
);
