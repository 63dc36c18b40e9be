import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Fitted } from './fitted.ts';
import type { InputFile } from './import/source.ts';
import { prepare } from './prepare.ts';
import { loadSplit, rawRows } from './prepared.ts';
import { parseRecipe } from './recipe/parse.ts';
import { splitNames } from './split.ts';
import { temporaryFolder, writeFiles } from './test-data.ts';

async function make(files: InputFile[], recipe: string): Promise<{ dir: string; fitted: Fitted }> {
  const dir = join(temporaryFolder(), 'out');
  return { dir, fitted: await prepare({ files, recipe: parseRecipe(recipe), seed: 1, outDir: dir }) };
}

/** 60 reviews by 20 authors: the first word tells their mood, and they get longer and longer. */
function reviews(): InputFile[] {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    words: `${i % 3 ? 'Good' : 'bad'} book, number ${i}${' and on'.repeat(i)}`,
    mood: i % 3 ? 'up' : 'down',
    author: i % 20,
    row: `line ${i}`,
  }));
  return writeFiles({ 'reviews.json': JSON.stringify(rows) });
}

test('texts to classify: word pieces learned in training, padded to one length; authors stay in one split', async () => {
  const { dir, fitted } = await make(
    reviews(),
    'target: mood\nsteps: [ tokenize: { column: words, length: 16, vocabulary: 300 } ]\nsplit: { method: group, by: author }',
  );
  expect(fitted).toMatchObject({
    kind: 'text',
    task: 'classification',
    shape: [16],
    special: { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 },
    target: { labels: ['down', 'up'] },
  });
  const notes = fitted.notes.join('\n');
  expect(notes).toContain('the task is classification, judging by the column "mood"');
  expect(notes).toMatch(/\d\d of 60 texts have more than 16 tokens/);
  expect(notes).toMatch(/the training text gives a vocabulary of \d+, not 300/);
  const vocab = fitted.tokenizer!.model.vocab as Record<string, number>;
  const authors = new Map<unknown, string>();
  for (const split of splitNames) {
    const { rows, x, y, tokens } = await loadSplit(dir, split);
    expect(tokens).toBeUndefined();
    expect(x).toBeInstanceOf(Int32Array);
    const raw = await rawRows(dir, split);
    expect(raw).toHaveLength(rows);
    for (const [row, { mood, author }] of raw.entries()) {
      expect(authors.get(author) ?? split).toBe(split);
      authors.set(author, split);
      const ids = [...x.subarray(row * 16, (row + 1) * 16)];
      const length = ids.includes(0) ? ids.indexOf(0) : 16;
      expect(ids.slice(length).every((id) => id === 0)).toBe(true);
      expect([ids[0], ids[length - 1]]).toEqual([vocab['[CLS]'], vocab['[SEP]']]);
      expect(ids.slice(1, 3)).toEqual([vocab[mood === 'up' ? 'good' : 'bad'], vocab['book']]);
      expect(fitted.target?.labels?.[y![row]!]).toBe(mood);
    }
  }
});

test.each([
  [
    'target: mood\nsteps: [ tokenize: { column: words, method: bpe } ]',
    'texts to classify need method: wordpiece, not bpe',
  ],
  [
    'steps: [ tokenize: { column: words, method: wordpiece } ]',
    'a text to continue needs method: bytes or bpe',
  ],
  ['steps: [ tokenize: { column: words, length: 16 } ]', 'length belongs to texts to classify'],
  ['task: regression\ntarget: author\nsteps: [ tokenize: { column: words } ]', 'this recipe makes text data'],
])('a tokenize step that does not suit its task is refused (%s)', async (recipe, message) => {
  await expect(make(reviews(), recipe)).rejects.toThrow(message);
});
