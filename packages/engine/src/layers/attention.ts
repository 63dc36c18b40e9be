import { EngineError } from '../error.ts';
import {
  add,
  cast,
  lessOrEqual,
  matmul,
  mul,
  range,
  reshape,
  shapeOf,
  slice,
  softmax,
  squeeze,
  sub,
  transposeLast,
  unsqueeze,
  where,
} from '../operators.ts';
import { dimAt, formatShape, isStatic } from '../shape.ts';
import type { Dim, Shape, Tensor } from '../tensor.ts';
import { tiledAttention } from './tiled-attention.ts';

/** Added to the score of a pair that may not attend: exp gives exactly 0 beside any real score. */
const MASKED = -1e9;

/** Below this length tiles save memory but cost time (measured with heads of 64). */
const TILED_LENGTH = 2048;
const TILE = 256;

export interface AttentionOptions {
  /** The S queries are the last of the T positions, and none attends to a position after its own. */
  causal?: boolean;
  /** Added to the scores [B, H, S, T]: 0 where a pair may attend, a large negative number where not. */
  mask?: Tensor;
  /**
   * Queries and keys are taken in tiles of so many, and the scores are never held whole: where S = T is known in the
   * graph and longer than a tile. The mask, if any, is then one of keys, [B or 1, 1, 1, T]. Unless given, 256 for
   * lengths of 2,048 and more, where tiles are faster as well.
   */
  tile?: number | undefined;
}

/**
 * softmax(q k^T / sqrt(d) + mask) v (Vaswani et al., 2017, equation 1) for each head: q [B, H, S, d], k and v
 * [B, G, T, d], result [B, H, S, d]. Where G < H the heads form G groups of neighbours that share keys and values
 * (grouped-query attention; Ainslie et al., 2023).
 *
 * @throws EngineError 'shape' when k and v differ, d is not known in the graph, or G does not divide H
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const [B, H, S, d] = q.shape;
  const [, G, T] = k.shape;
  if (q.shape.length !== 4 || typeof d !== 'number' || !divides(G, H))
    throw new EngineError(
      'shape',
      `attention of queries ${formatShape(q.shape)} over keys ${formatShape(k.shape)}: both are ` +
        '[batch, heads, length, depth] of a known depth, and the heads of the keys divide those of the queries',
      { shapes: [q.shape, k.shape, v.shape] },
    );
  const scaled = mul(q, 1 / Math.sqrt(d));
  const { causal = false, mask } = options;
  const tile = options.tile ?? (isKeyMask(mask) ? TILE : Number.POSITIVE_INFINITY);
  const shortest = options.tile ?? TILED_LENGTH - 1;
  if (S === T && typeof T === 'number' && T > tile && T > shortest)
    return tiledAttention(scaled, k, v, { tile, causal, mask });
  const bias = biasOf(q, k, options);
  if (G === H) return weigh(matmul(scaled, transposeLast(k)), bias, v);
  // The queries of a group lie side by side: one product a group, and keys are never repeated.
  const grouped = [B, G, -1, d] as Shape;
  const scores = ungroup(matmul(reshape(scaled, grouped), transposeLast(k)), [B, H, S, T] as Shape);
  const weights = softmax(bias === undefined ? scores : add(scores, bias));
  return ungroup(matmul(reshape(weights, [B, G, -1, T] as Shape), v), q.shape);
}

/** Whether a mask, if there is one, hides keys from every query alike. */
const isKeyMask = (mask: Tensor | undefined): boolean =>
  mask === undefined || (mask.shape.length === 4 && mask.shape[1] === 1 && mask.shape[2] === 1);

const weigh = (scores: Tensor, bias: Tensor | undefined, v: Tensor): Tensor =>
  matmul(softmax(bias === undefined ? scores : add(scores, bias)), v);

const divides = (G: Dim | undefined, H: Dim | undefined): boolean =>
  G === H || (typeof G === 'number' && typeof H === 'number' && H % G === 0);

/** [B, G, H / G * S, n] as [B, H, S, n]; at run time batch and n stay (0) and S is what is left (-1). */
function ungroup(x: Tensor, shape: Shape): Tensor {
  if (isStatic(shape)) return reshape(x, shape);
  const heads = BigInt(dimAt(shape, 1));
  return reshape(x, shape, x.graph.constant(BigInt64Array.of(0n, heads, -1n, 0n)));
}

function biasOf(q: Tensor, k: Tensor, { causal, mask }: AttentionOptions): Tensor | undefined {
  if (!causal) return mask;
  const [S, T] = [dimAt(q.shape, 2), dimAt(k.shape, 2)];
  const future =
    typeof S === 'number' && typeof T === 'number' ? futureOf(q, S, T) : futureAtRunTime(q, k, S, T);
  return mask === undefined ? future : add(future, mask);
}

/** [S, T]: 0 up to a query's own position, then -1e9. */
function futureOf(q: Tensor, S: number, T: number): Tensor {
  const bias = new Float32Array(S * T);
  for (let s = 0; s < S; s++) bias.fill(MASKED, s * T + T - S + s + 1, (s + 1) * T);
  return q.graph.constant(bias, [S, T]);
}

/** The same for lengths known at run time only. */
function futureAtRunTime(q: Tensor, k: Tensor, S: Dim, T: Dim): Tensor {
  const [fresh, seen] = [lengthOf(q), lengthOf(k)];
  const keys = range(0, seen, T);
  const queries = add(range(0, fresh, S), sub(seen, fresh));
  return where(lessOrEqual(unsqueeze(keys, 0), unsqueeze(queries, 1)), q.graph.constant(0), MASKED);
}

/** The length axis of [B, H, length, d] at run time, an int64 scalar. */
const lengthOf = (x: Tensor): Tensor => squeeze(slice(shapeOf(x), 0, 2, 3), 0);

/**
 * The mask that hides padding: `shown`, integers [B, T] of 1 for a token and 0 for padding, becomes 0 and -1e9,
 * [B, 1, 1, T]. A query that sees nothing but padding reads nonsense, never NaN: its own position is padding.
 */
export const paddingMask = (shown: Tensor): Tensor =>
  mul(sub(1, cast(unsqueeze(shown, [1, 2]), 'float32')), MASKED);
