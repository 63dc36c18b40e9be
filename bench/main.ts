/** `npm run bench -- NAME [--json FILE]`: side-by-side benchmarks, as ratios in one run. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { BenchOptions } from './bench.ts';
import { data } from './data/prepare.ts';
import { curves } from './engine/curves.ts';
import { engine } from './engine/engine.ts';
import { memory } from './engine/memory.ts';
import { profile } from './engine/profile.ts';
import { asTable, type Figure, machine } from './figures.ts';
import { listing } from './hub/listing.ts';
import { hubMemory } from './hub/memory.ts';
import { hub } from './hub/transfer.ts';

/** Each gives figures, or prints its own report. */
const benches: Record<string, (options: BenchOptions) => Promise<Figure[]>> = {
  engine,
  memory,
  curves,
  profile,
  listing,
  hub,
  'hub-memory': hubMemory,
  data,
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    peer: { type: 'string', default: '' },
    gigabytes: { type: 'string', default: '20' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [name = '', ...cases] = positionals;
const bench = benches[name];
if (flags.help || bench === undefined) {
  console.log(`npm run bench -- NAME [--only CASES] [--peer PEERS] [--json FILE] [--quick]

  engine   the time of a training step, divided by the peer's (below 1 is faster): the median over interleaved rounds
  memory   the peak memory of a training process, divided by PyTorch's, and how long a session takes to open
  curves   500 steps from the same first weights on the same data: do both arrive at the same loss?
  listing  how long a page of a listing takes in a repository of 100,000 files, and commits to it
  profile  where the time of a step goes, by operator, and how near its products are to the machine's limit
  hub      upload and download of 1 GiB, beside Node's own HTTP server, where TMPDIR says; --only uploads: no
           downloads; --only large: the memory that 10 GiB take
  hub-memory  the hub's memory at its peak: 1 GiB up and down each way, a commit of 10,000 files, one line of 300 MB, listings
  data     a recipe on 1 and 10 million rows, beside pandas and scikit-learn; data large: a CSV larger than memory

PyTorch comes from the Python that BANYAN_PYTHON names, or from a virtual environment that is made once in .venv.

  --only CASES  of mlp, vae, lstm, gpt, bert, cnn; with commas
  --peer PEERS  of pytorch-eager, pytorch-compile, tfjs-wasm (engine)
  --gigabytes N of data large (20)
  --json FILE   write [{ bench, case, peer, ratio, ours, theirs, unit, spread }]
  --quick       fewer rounds`);
  process.exit(flags.help ? 0 : 2);
}
const listed = (text: string): string[] => text.split(',').filter((part) => part !== '');
const figures = await bench({
  say: (text) => process.stderr.write(`${text}\n`),
  quick: flags.quick,
  only: [...cases, ...listed(flags.only)],
  peer: listed(flags.peer),
  gigabytes: Number(flags.gigabytes),
});
console.log(`\n${machine()}${figures.length === 0 ? '' : `\n\n${asTable(figures)}`}`);
if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(figures, undefined, 2)}\n`);
