/** `npm run bench -- NAME [--json FILE]`: side-by-side benchmarks, as ratios in one run. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { engine } from './engine/engine.ts';
import { asTable, type Figure, machine } from './figures.ts';

const benches: Record<string, (say: (text: string) => void, quick: boolean) => Promise<Figure[]>> = {
  engine,
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [name = ''] = positionals;
const bench = benches[name];
if (flags.help || bench === undefined) {
  console.log(`npm run bench -- NAME [--json FILE] [--quick]

NAME is one of: ${Object.keys(benches).join(', ')}.
Prints our time divided by the peer's (below 1 is faster), the median over interleaved rounds. PyTorch takes part when
"python3 -c 'import torch'" works; BANYAN_PYTHON names another Python.

  --json FILE  write [{ bench, case, peer, ratio, ours, theirs, unit, spread }]
  --quick      fewer rounds`);
  process.exit(flags.help ? 0 : 2);
}
const figures = await bench((text) => process.stderr.write(`${text}\n`), flags.quick);
console.log(`\n${machine()}\n\n${asTable(figures)}`);
if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(figures, undefined, 2)}\n`);
