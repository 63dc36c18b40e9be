import type { ColumnProgram } from '@banyan/engine';
import type { Category, DataShape } from './algorithm.ts';

/** The parts of a fitted recipe (`Fitted` of the data package) that describe its examples. */
export interface PreparedData extends Omit<DataShape, 'classes' | 'classWeights' | 'target' | 'categories'> {
  /** How each raw column became features, in the order of the features. */
  columns: ColumnProgram[];
  target?: { labels?: string[]; weights?: number[]; mean?: number; std?: number };
}

/** What algorithms need to know about examples that a recipe has prepared. */
export function shapeOfPrepared(fitted: PreparedData): DataShape {
  const {
    columns,
    kind,
    task,
    shape,
    vocabulary,
    special,
    bytesPerToken,
    lastKnown,
    image,
    target = {},
  } = fitted;
  const { labels, weights, mean, std } = target;
  const categories = categoriesOf(columns);
  return {
    kind,
    task,
    shape,
    ...(labels !== undefined && { classes: labels }),
    ...(weights !== undefined && { classWeights: weights }),
    ...(mean !== undefined && std !== undefined && { target: { mean, std } }),
    ...(lastKnown !== undefined && { lastKnown }),
    ...(categories.length > 0 && { categories }),
    ...(image !== undefined && { image: { scale: image.scale, shift: image.shift } }),
    ...(vocabulary !== undefined && { vocabulary }),
    ...(special !== undefined && { special }),
    ...(bytesPerToken !== undefined && { bytesPerToken }),
  };
}

/** Features that hold a category's index, whatever affine steps the recipe has put behind the encoding. */
function categoriesOf(columns: readonly ColumnProgram[]): Category[] {
  let feature = 0;
  return columns.flatMap(({ steps, width }) => {
    const at = feature;
    feature += width;
    const encoding = steps.findIndex(({ op }) => op === 'ordinal');
    const step = steps[encoding];
    const after = steps.slice(encoding + 1).filter((step) => step.op === 'affine');
    if (step?.op !== 'ordinal' || after.length !== steps.length - encoding - 1) return [];
    // x = (index * a1 + b1) * a2 + b2 ... = index * a + b, so index = x / a - b / a.
    const { a, b } = after.reduce(({ a, b }, { scale, shift }) => ({ a: a * scale, b: b * scale + shift }), {
      a: 1,
      b: 0,
    });
    return [{ feature: at, size: step.categories.length, scale: 1 / a, shift: b === 0 ? 0 : -b / a }];
  });
}
