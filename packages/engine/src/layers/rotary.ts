import { EngineError } from '../error.ts';
import { add, cast, concat, cos, mul, neg, sin, split, unsqueeze } from '../operators.ts';
import { power } from '../portable-math.ts';
import { dimAt, formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** cos and sin of every position's angles, for both halves of a head: [..., T, d], the sine of the first half negated. */
export interface Rotation {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/**
 * The angles p / base^(2i / d) of rotary positions (Su et al., 2021, equation 15) for heads of depth d = 2i + 2:
 * positions, integers [T] or [B, T], give a rotation that broadcasts over [B, H, T, d].
 *
 * @throws EngineError 'shape' for an odd depth
 */
export function rotation(positions: Tensor, depth: number, base = 10_000): Rotation {
  if (depth % 2 !== 0)
    throw new EngineError('shape', `rotary positions turn pairs: a head of depth ${depth} is odd`, {
      shapes: [positions.shape],
    });
  const frequencies = Float32Array.from({ length: depth / 2 }, (_, i) => power(base, (-2 * i) / depth));
  // A table of angles is constant where positions are; its cosines are computed in the graph, because Math.cos differs
  // between machines in the last bit.
  const angles = mul(
    unsqueeze(cast(positions, 'float32'), -1),
    positions.graph.constant(frequencies, [depth / 2]),
  );
  const [c, s] = [cos(angles), sin(angles)];
  const overHeads = (x: Tensor): Tensor => (positions.shape.length === 1 ? x : unsqueeze(x, 1));
  return { cos: overHeads(concat([c, c])), sin: overHeads(concat([neg(s), s])) };
}

/**
 * Turns each pair (x_i, x_(i + d/2)) of every head by its position's i-th angle: x [B, H, T, d]. Hugging Face's
 * convention, in which a pair's elements lie half a head apart; the paper's are neighbours.
 */
export function rotate(x: Tensor, { cos, sin }: Rotation): Tensor {
  const depth = dimAt(x.shape, -1);
  if (depth !== dimAt(cos.shape, -1))
    throw new EngineError(
      'shape',
      `a rotation of ${formatShape(cos.shape)} does not turn heads of depth ${depth}`,
      { shapes: [x.shape, cos.shape] },
    );
  const [first, second] = split(x, 2) as [Tensor, Tensor];
  return add(mul(x, cos), mul(concat([second, first]), sin));
}
