import type { Dim, TensorData } from '../tensor.ts';
import type { ForeignAttributes } from './attributes.ts';

/** A list of sizes, as a shape computed at run time; some may be known by name only. */
export type Sizes = readonly Dim[];

/** No shape is longer. */
const MOST_SIZES = 64;

/** The whole numbers of a scalar or a vector as sizes. */
export function sizesOfData({ dtype, shape, data }: TensorData): Sizes | undefined {
  if (shape.length > 1 || data.length > MOST_SIZES || !/^int(32|64)$/.test(dtype)) return undefined;
  return Array.from<unknown, number>(data, Number);
}

interface SizesNode {
  attributes: ForeignAttributes;
  opset: number;
  /** The shape of the first input. */
  shape: readonly Dim[];
  /** What is known of each input's elements. */
  sizes: (at: number) => Sizes | undefined;
}

/** What becomes of sizes in the operators by which exporters compute shapes; undefined where it is not known. */
export const sizeRules: Readonly<Record<string, (node: SizesNode) => Sizes | undefined>> = {
  Shape: ({ attributes, shape }) =>
    shape.slice(attributes.int('start') ?? 0, attributes.int('end') ?? shape.length),
  Cast: ({ sizes }) => sizes(0),
  Identity: ({ sizes }) => sizes(0),
  Squeeze: ({ sizes }) => sizes(0),
  Unsqueeze: ({ sizes, shape }) => (shape.length === 0 ? sizes(0) : undefined),
  Gather({ sizes, shape }) {
    const [from, places] = [sizes(0), sizes(1)];
    return shape.length === 1 ? places?.flatMap((at) => from?.at(Number(at)) ?? []) : undefined;
  },
  Slice({ attributes, opset, sizes }) {
    const list = (name: string, at: number) => (opset < 10 ? attributes.ints(name) : sizes(at));
    const [starts, ends, steps] = [list('starts', 1), list('ends', 2), sizes(4)];
    const [start, end] = [starts?.[0], ends?.[0]];
    const isPlain = opset < 10 || steps === undefined || steps[0] === 1;
    return isPlain && typeof start === 'number' && typeof end === 'number'
      ? sizes(0)?.slice(start, end)
      : undefined;
  },
};

/** Vectors one after another. */
export function concatenated(parts: readonly (Sizes | undefined)[]): Sizes | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length ? known.flat() : undefined;
}
