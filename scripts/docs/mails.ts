import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FitData, shapeOfPrepared } from '@banyan/algorithms';
import { loadFitted, loadSplit, parseRecipe, prepare } from '@banyan/data';
import { readMails } from '../../e2e/known-answers/mails.ts';

/** SpamAssassin's mails as the test of bert has them: no origin is in two splits, and `valid` is the split for testing. */
export async function mails(): Promise<FitData> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-mails-'));
  try {
    const file = join(folder, 'mails.jsonl');
    await writeFile(
      file,
      readMails()
        .map((mail) => JSON.stringify(mail))
        .join('\n'),
    );
    const outDir = join(folder, 'prepared');
    const recipe = parseRecipe(`
task: classification
target: label
steps:
  - drop-duplicates: { columns: [text] }
  - tokenize: { column: text, length: 128, vocabulary: 4000 }
split: { method: group, by: origin, train: 0.7, valid: 0.1, test: 0.2 }`);
    await prepare({ files: [{ path: file, name: 'mails.jsonl' }], recipe, seed: 1, outDir });
    return {
      shape: shapeOfPrepared(await loadFitted(outDir)),
      train: await loadSplit(outDir, 'train'),
      valid: await loadSplit(outDir, 'test'),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
