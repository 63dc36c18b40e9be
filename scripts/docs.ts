/**
 * `npm run docs`: writes a page for each algorithm from the catalogue (docs/algorithms/) and puts the listings into
 * docs/textbook.md. `--check` says what is out of date, and fails; `--figures [NAMES]` trains, and draws the figures too.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pages } from './docs/pages.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    figures: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (flags.help) {
  console.log(`npm run docs [-- --check | --figures [NAMES...]]

Writes docs/algorithms/*.md from the catalogue, and the listings of docs/textbook.md from the programs they show.

  --check    write nothing; fail if a page is not what would be written
  --figures  train on the data of the tests and draw the figures of these pages (all when none is named)`);
  process.exit(0);
}
if (flags.figures) {
  // Drawing needs packages that the pages do not.
  const { drawFigures } = await import('./docs/figures.ts');
  await drawFigures(positionals, (text) => console.log(text));
}

const root = fileURLToPath(new URL('..', import.meta.url));
const stale: string[] = [];
for (const [path, text] of await pages(root)) {
  const file = `${root}${path}`;
  if ((await readFile(file, 'utf8').catch(() => '')) === text) continue;
  stale.push(path);
  if (flags.check) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
if (stale.length > 0) console.log(`${flags.check ? 'out of date' : 'written'}: ${stale.join(', ')}`);
if (flags.check && stale.length > 0) {
  console.log('Run npm run docs and commit what it writes.');
  process.exit(1);
}
