import type { ColumnProgram } from '@banyan/engine';
import type { DataKind } from './recipe/roles.ts';
import type { Recipe, Task } from './recipe/schema.ts';
import type { SplitName } from './split.ts';
import type { TokenizerJson } from './tokenizer/tokenizer-json.ts';

/** All that a preparation learned from the training split, and what its folder holds: `fitted.json`. */
export interface Fitted {
  version: 1;
  kind: DataKind;
  task: Task;
  recipe: Recipe;
  seed: number;
  /** How each raw column becomes features, in the order of the features. */
  columns: ColumnProgram[];
  /** One a feature: its name, and the raw column it comes from. */
  features: { name: string; column: string }[];
  /** Of one example: [F] tabular, [T, F] sequence, [H, W] or [H, W, C] image, [T] tokens of a text to classify, [] a stream of text. */
  shape: number[];
  window?: { length: number; horizon: number; target: string };
  /**
   * A pixel p of 0 to 255 is p * scale + shift to the network, one of each or as many as there are channels. What came before
   * it: resized to [height, width], then its middle kept, in so many channels.
   */
  image?: {
    column: string;
    scale: number | number[];
    shift: number | number[];
    resize?: [number, number];
    filter?: 'bilinear' | 'nearest';
    crop?: [number, number];
    channels?: 1 | 3;
  };
  /**
   * `labels` in the order of their indices, and how much a training row of each counts, if not alike; `mean` and `std` of
   * the training split in raw units.
   */
  target?: { column: string; labels?: string[]; weights?: number[]; mean?: number; std?: number };
  /** Where a window holds the target's last known value: raw = x[T - 1, feature] * scale + shift. */
  lastKnown?: { feature: number; scale: number; shift: number };
  /** The column of texts to classify. */
  text?: { column: string };
  tokenizer?: TokenizerJson;
  /** Number of different tokens. */
  vocabulary?: number;
  /** The ids of the special tokens, of texts to classify. */
  special?: { pad: number; unk: number; cls: number; sep: number; mask: number };
  /** Mean bytes a token stands for in the test split (in training, if there is none), for bits per byte. */
  bytesPerToken?: number;
  /** Number of examples: rows, windows or documents. */
  splits: Record<SplitName, number>;
  /** Rows that cleaning took away. */
  dropped: number;
  notes: string[];
}
