import {
  add,
  cast,
  clip,
  concat,
  embedding,
  floor,
  type Initializer,
  initializers,
  matmul,
  mul,
  slice,
  squeeze,
  type Tensor,
} from '@banyan/engine';
import type { Category, DataShape } from '../algorithm.ts';

/**
 * Learned embeddings of categories (Guo and Berkhahn, "Entity Embeddings of Categorical Variables", 2016): each category
 * is a row of a table, learned with the network. Row 0 stands for a category that training has not seen, and starts at
 * zero, in the middle of the others; row i + 1 for category i.
 */

/** Rows of a category's table. */
const tableRows = ({ size }: Category): number => size + 1;

/** 1.6 n^0.56, at most 50: a rule of thumb of fast.ai's tabular models (Howard and Gugger, 2020). */
const ruleOfThumb = (categories: number): number => Math.min(50, Math.round(1.6 * categories ** 0.56));

const firstRowZero: Initializer = (random, shape) =>
  initializers.normal(0.5)(random, shape).fill(0, 0, shape[1]);

/** The table of one category, `width` numbers a row; 0: by the rule of thumb. */
function tableOf(graph: Tensor['graph'], category: Category, width: number): Tensor {
  const columns = width > 0 ? width : ruleOfThumb(category.size);
  return graph.parameter(`categories.${category.feature}`, [tableRows(category), columns], firstRowZero);
}

/** The row that an index of `size` categories, as the recipe has scaled it, asks for: [...] to int32 [...]. */
function rowOf({ size, scale, shift }: Category, x: Tensor): Tensor {
  // Half a step and one row more: the nearest whole number, and unseen (-1) at 0.
  return cast(clip(floor(add(mul(x, scale), shift + 1.5)), 0, size), 'int32');
}

/** Examples x [N, ..., F] with each category's index replaced by its row. */
export const embedCategories = (shape: DataShape, width: number, x: Tensor): Tensor =>
  replaceCategories(
    shape,
    x,
    () => 1,
    (category, index) => {
      const rows = rowOf(category, squeeze(index, -1));
      return embedding(tableOf(x.graph, category, width), rows);
    },
  );

/** The same of relaxed examples, which hold shares [..., rows] in place of an index: the mean of the rows so weighted. */
export const embedShares = (shape: DataShape, width: number, x: Tensor): Tensor =>
  replaceCategories(shape, x, tableRows, (category, shares) =>
    matmul(shares, tableOf(x.graph, category, width)),
  );

/** The features of x [..., F] side by side again, each category's `widthOf` columns replaced. */
function replaceCategories(
  { categories = [] }: DataShape,
  x: Tensor,
  widthOf: (category: Category) => number,
  replace: (category: Category, columns: Tensor) => Tensor,
): Tensor {
  if (categories.length === 0) return x;
  const parts: Tensor[] = [];
  let [feature, column] = [0, 0];
  for (const category of categories) {
    const first = column + category.feature - feature;
    if (first > column) parts.push(slice(x, -1, column, first));
    const end = first + widthOf(category);
    parts.push(replace(category, slice(x, -1, first, end)));
    [feature, column] = [category.feature + 1, end];
  }
  if (column < (x.shape.at(-1) as number)) parts.push(slice(x, -1, column));
  return concat(parts);
}

/** For each feature of a relaxed example (its last axis) the feature it was made from. */
export function relaxedFeatures({ shape, categories = [] }: DataShape): number[] {
  const widths = new Map(categories.map((category) => [category.feature, tableRows(category)]));
  return Array.from({ length: shape.at(-1) ?? 0 }, (_, feature) =>
    Array.from({ length: widths.get(feature) ?? 1 }, () => feature),
  ).flat();
}

/** What relaxed examples look like: longer, and the last known value is elsewhere. Categories keep their names. */
export function relaxedShape(shape: DataShape): DataShape {
  const features = relaxedFeatures(shape);
  const { lastKnown } = shape;
  return {
    ...shape,
    shape: [...shape.shape.slice(0, -1), features.length],
    ...(lastKnown && { lastKnown: { ...lastKnown, feature: features.indexOf(lastKnown.feature) } }),
  };
}

/** Prepared examples [N, ..., F] with each index as shares of its category's rows: 1 for its own, 0 for the others. */
export function relaxExamples(shape: DataShape, x: Float32Array): Float32Array {
  const features = shape.shape.at(-1) ?? 1;
  const categories = new Map(shape.categories?.map((category) => [category.feature, category]));
  const relaxed = new Float32Array((x.length / features) * relaxedFeatures(shape).length);
  let at = 0;
  for (const [i, value] of x.entries()) {
    const category = categories.get(i % features);
    if (category === undefined) relaxed[at++] = value;
    else {
      const { size, scale, shift } = category;
      relaxed[at + Math.min(size, Math.max(0, Math.floor(value * scale + shift + 1.5)))] = 1;
      at += tableRows(category);
    }
  }
  return relaxed;
}
