import type { Dim, Shape } from './tensor.ts';

/** Written as `[N, 3, past + 1]`. */
export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

export const isStatic = (shape: Shape): shape is readonly number[] =>
  shape.every((dim) => typeof dim === 'number');

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);

/** The number of elements of a shape without symbolic dimensions. */
export function sizeOfShape(shape: Shape): number {
  if (!isStatic(shape)) throw new Error(`${formatShape(shape)} has no size before its names are known`);
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Symbolic sums and products keep their terms: `past + N`, `N * 3`. */
export function sumOfDims(dims: Shape): Dim {
  const known = dims.filter((dim) => typeof dim === 'number').reduce((sum, dim) => sum + dim, 0);
  const terms = dims.filter((dim) => typeof dim === 'string');
  return terms.length === 0 ? known : [...terms, ...(known > 0 ? [known] : [])].join(' + ');
}

export function productOfDims(dims: Shape): Dim {
  const known = dims.filter((dim) => typeof dim === 'number').reduce((product, dim) => product * dim, 1);
  const factors = dims.filter((dim) => typeof dim === 'string');
  if (factors.length === 0 || known === 0) return known;
  return [...factors, ...(known === 1 ? [] : [known])].join(' * ');
}

/** A dimension that must exist. */
export function dimAt(shape: Shape, axis: number): Dim {
  const dim = shape.at(axis);
  if (dim === undefined) throw new Error(`${formatShape(shape)} has no axis ${axis}`);
  return dim;
}

export const withDim = (shape: Shape, axis: number, dim: Dim): Shape =>
  shape.map((old, index) => (index === axis ? dim : old));

/** The shape two tensors broadcast to (numpy's rule: align at the right, 1 stretches). */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new Error(`${formatShape(a)} and ${formatShape(b)} do not broadcast: ${x} against ${y}`);
  });
}

/**
 * The shape of `from` reshaped to `to`, where one dimension of `to` may be -1: the rest. Symbolic dimensions must be
 * carried over by name or fall into the rest.
 */
export function reshapedShape(from: Shape, to: Shape): Shape {
  const free = to.indexOf(-1);
  if (free !== to.lastIndexOf(-1)) throw new Error(`${formatShape(to)} has more than one -1`);
  const left = [...from];
  const kept = to.filter((dim) => dim !== -1);
  const unmatched = kept.filter((dim) => {
    const at = typeof dim === 'string' ? left.indexOf(dim) : -1;
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  const [have, want] = [productOfDims(left), productOfDims(unmatched)];
  const mismatch = new Error(`${formatShape(from)} does not reshape to ${formatShape(to)}`);
  if (free < 0) {
    if (have !== want) throw mismatch;
    return to;
  }
  if (want === 1) return withDim(to, free, have);
  if (typeof want === 'number' && isStatic(left)) {
    const rest = sizeOfShape(left) / want;
    if (!Number.isInteger(rest)) throw mismatch;
    return withDim(to, free, rest);
  }
  const known = left.filter((dim) => typeof dim === 'number').reduce((product, dim) => product * dim, 1);
  if (typeof want !== 'number' || known % want !== 0) throw mismatch;
  return withDim(to, free, productOfDims([...left.filter((dim) => typeof dim === 'string'), known / want]));
}
