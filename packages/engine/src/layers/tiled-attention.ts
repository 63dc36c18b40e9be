import { EngineError } from '../error.ts';
import { loop, scan } from '../functions/control.ts';
import {
  add,
  div,
  exp,
  gather,
  log,
  matmul,
  maximum,
  mul,
  pad,
  reduceMax,
  reduceSum,
  reshape,
  slice,
  sub,
  transpose,
  transposeLast,
} from '../operators.ts';
import { dimAt, formatShape } from '../shape.ts';
import type { Dim, Graph, GraphNode, Tensor } from '../tensor.ts';

/** Added to the score of a pair that may not attend. */
const MASKED = -1e9;

export interface Tiling {
  /** Queries, and keys, in a tile. */
  tile: number;
  causal: boolean;
  /** [B or 1, 1, 1, T], added to the scores of each key. */
  mask?: Tensor | undefined;
}

/**
 * softmax(q k^T + mask) v of queries scaled already, without the scores [B, H, T, T]: a tile of queries goes over the
 * tiles of keys with a running maximum and a running sum of each row (Milakov and Gimelshein, 2018), and backward
 * computes each tile of scores again from the rows' logarithms of their sums (FlashAttention; Dao et al., 2022,
 * algorithms 1 and 4). Causal tiles above the diagonal are not computed. Memory grows with T, not with T^2.
 *
 * q [B, H, T, d], k and v [B, G, T, d] where G divides H.
 */
export function tiledAttention(q: Tensor, k: Tensor, v: Tensor, { tile, causal, mask }: Tiling): Tensor {
  const [, heads, length, depth] = q.shape as readonly [Dim, number, number, number];
  if (mask !== undefined && (mask.shape.length !== 4 || mask.shape[1] !== 1 || mask.shape[2] !== 1))
    throw new EngineError(
      'shape',
      `attention in tiles takes a mask of keys [batch, 1, 1, length], not ${formatShape(mask.shape)}`,
      { shapes: [q.shape, mask.shape] },
    );
  const count = Math.ceil(length / tile);
  const excess = count * tile - length;
  const padded = (x: Tensor) => (excess === 0 ? x : pad(x, [0, 0, 0, 0], [0, 0, excess, 0]));
  const groups = dimAt(k.shape, 1) as number;
  const shared = heads / groups;
  const batch = dimAt(q.shape, 0);

  // Queries that share keys lie below each other: [n, B, G, H / G * t, d]; keys and values are [n, B, G, t, d].
  const byGroup = reshape(padded(q), [batch, groups, shared, count, tile, depth]);
  const queries = reshape(transpose(byGroup, [3, 0, 1, 2, 4, 5]), [
    count,
    batch,
    groups,
    shared * tile,
    depth,
  ]);
  const inTiles = (x: Tensor) =>
    transpose(reshape(padded(x), [batch, groups, count, tile, depth]), [2, 0, 1, 3, 4]);
  const shown = excess > 0 && !causal ? hidePadding(q, mask, length, excess) : mask && padMask(mask, excess);
  const masks =
    shown && transpose(reshape(shown, [dimAt(shown.shape, 0), 1, 1, count, tile]), [3, 0, 1, 2, 4]);
  const attended = overTiles(queries, inTiles(k), inTiles(v), masks, { causal, tile, shared });
  const back = transpose(reshape(attended, [count, batch, groups, shared, tile, depth]), [1, 2, 3, 0, 4, 5]);
  const whole = reshape(back, [batch, heads, count * tile, depth]);
  return excess === 0 ? whole : slice(whole, 2, 0, length);
}

const padMask = (mask: Tensor, excess: number): Tensor =>
  excess === 0 ? mask : pad(mask, [0, 0, 0, 0], [0, 0, 0, excess], MASKED);

/** Keys that only fill up the last tile are masked. */
function hidePadding(q: Tensor, mask: Tensor | undefined, length: number, excess: number): Tensor {
  if (mask !== undefined) return padMask(mask, excess);
  return q.graph.constant(new Float32Array(length + excess).fill(MASKED, length), [1, 1, 1, length + excess]);
}

interface Layout {
  causal: boolean;
  tile: number;
  shared: number;
}

function overTiles(q: Tensor, k: Tensor, v: Tensor, masks: Tensor | undefined, layout: Layout): Tensor {
  const { graph } = q;
  const count = dimAt(q.shape, 0) as number;
  const numbers = graph.constant(BigInt64Array.from({ length: count }, (_, index) => BigInt(index)));
  const captures = [k, v, ...(masks === undefined ? [] : [masks])];
  const { sequences } = scan(
    (_, [queries, number], [k, v, masks]) => ({
      states: [],
      elements: attend(queries as Tensor, number as Tensor, [k, v, masks] as Keys, layout),
    }),
    {
      sequences: [q, numbers],
      captures,
      gradient: (node, [g]) => {
        if (g === undefined) return [];
        const [dq, dk, dv] = attendBack(node, g, masks, layout);
        return [dq, undefined, dk, dv];
      },
    },
  );
  return sequences[0] as Tensor;
}

type Keys = [k: Tensor, v: Tensor, mask: Tensor | undefined];

const integer = (graph: Graph, n: number): Tensor => graph.constant(BigInt64Array.of(BigInt(n)), []);
const tilesOf = (tiles: Tensor): number => dimAt(tiles.shape, 0) as number;
const tilesAt = (tiles: readonly (Tensor | undefined)[], number: Tensor): (Tensor | undefined)[] =>
  tiles.map((tile) => tile && gather(tile, number));
const alongRow = { keepDims: true };

/** q k^T + mask, and the diagonal's bias. */
function scoresOf(q: Tensor, k: Tensor, ...biases: readonly (Tensor | undefined)[]): Tensor {
  return biases.filter((bias) => bias !== undefined).reduce(add, matmul(q, transposeLast(k)));
}

/** A tile of queries over the tiles of keys: what it reads [B, G, R, d], and log sum exp of its scores [B, G, R, 1]. */
function attend(q: Tensor, number: Tensor, keys: Keys, layout: Layout): Tensor[] {
  const { causal } = layout;
  // The first tile (the diagonal one if causal) leaves no row without a key, so every running maximum is a real score.
  const first = causal ? number : integer(q.graph, 0);
  const [k, v, mask] = tilesAt(keys, first) as Keys;
  const scores = scoresOf(q, k, mask, causal ? diagonal(q, layout) : undefined);
  const peak = reduceMax(scores, -1, alongRow);
  const weights = exp(sub(scores, peak));
  const [peaks, sums, reads] = loop(
    causal ? number : integer(q.graph, tilesOf(keys[0]) - 1),
    (turn, [before, sum, read], [q, ...keys]) => {
      const [k, v, mask] = tilesAt(keys, causal ? turn : add(turn, 1)) as Keys;
      const scores = scoresOf(q as Tensor, k, mask);
      const peak = maximum(before as Tensor, reduceMax(scores, -1, alongRow));
      const kept = exp(sub(before as Tensor, peak));
      const weights = exp(sub(scores, peak));
      return [
        peak,
        add(mul(sum as Tensor, kept), reduceSum(weights, -1, alongRow)),
        add(mul(read as Tensor, kept), matmul(weights, v)),
      ];
    },
    {
      states: [peak, reduceSum(weights, -1, alongRow), matmul(weights, v)],
      captures: [q, ...keys.filter((tiles) => tiles !== undefined)],
    },
  ) as [Tensor, Tensor, Tensor];
  return [div(reads, sums), add(peaks, log(sums))];
}

/** Queries, gradients of what they read, log sum exp of their scores, and D. */
type Queries = [q: Tensor, g: Tensor, logSum: Tensor, rowSum: Tensor];

/** P and dS of a tile of queries against one of keys. */
function pairOf([q, g, logSum, rowSum]: Queries, [k, v, mask]: Keys, bias?: Tensor) {
  const weights = exp(sub(scoresOf(q, k, mask, bias), logSum));
  return { weights, slopes: mul(weights, sub(matmul(g, transposeLast(v)), rowSum)) };
}

/** dK and dV of a tile of keys from one of queries. */
function keySlopes(queries: Queries, keys: Keys, bias?: Tensor): [Tensor, Tensor] {
  const { weights, slopes } = pairOf(queries, keys, bias);
  return [matmul(transposeLast(slopes), queries[0]), matmul(transposeLast(weights), queries[1])];
}

/**
 * With P = exp(q k^T - log sum exp) and D = rowsum(dO O): dV = P' dO, dS = P (dO V' - D), dQ = dS K, dK = dS' Q; once by
 * tiles of queries for dQ, once by tiles of keys for dK and dV.
 */
function attendBack(
  { inputs, outputs }: GraphNode,
  g: Tensor,
  masks: Tensor | undefined,
  layout: Layout,
): readonly Tensor[] {
  const { causal } = layout;
  const [q, numbers, k, v] = inputs as [Tensor, Tensor, Tensor, Tensor];
  const [read, logSum] = outputs as [Tensor, Tensor];
  const allQueries: Queries = [q, g, logSum, reduceSum(mul(g, read), -1, alongRow)];
  const allKeys = [k, v, masks].filter((tiles) => tiles !== undefined);
  const last = tilesOf(q) - 1;

  const queriesBack = scan(
    (_, [number, ...own], keys) => {
      const [queries, { graph }] = [own as Queries, number as Tensor];
      const first = tilesAt(keys, causal ? (number as Tensor) : integer(graph, 0)) as Keys;
      const bias = causal ? diagonal(queries[0], layout) : undefined;
      const elements = loop(
        causal ? (number as Tensor) : integer(graph, last),
        (turn, [dq], around) => {
          const keys = tilesAt(around.slice(4), causal ? turn : add(turn, 1)) as Keys;
          return [add(dq as Tensor, matmul(pairOf(around.slice(0, 4) as Queries, keys).slopes, keys[0]))];
        },
        { states: [matmul(pairOf(queries, first, bias).slopes, first[0])], captures: [...queries, ...keys] },
      );
      return { states: [], elements };
    },
    { sequences: [numbers, ...allQueries], captures: allKeys },
  );

  const keysBack = scan(
    (_, [number, ...own], queries) => {
      const keys: Keys = [own[0] as Tensor, own[1] as Tensor, own[2]];
      const { graph } = number as Tensor;
      const first = tilesAt(queries, causal ? (number as Tensor) : integer(graph, 0)) as Queries;
      const bias = causal ? diagonal(first[0], layout) : undefined;
      const elements = loop(
        causal ? sub(integer(graph, last), number as Tensor) : integer(graph, last),
        (turn, [dk, dv], [number, ...around]) => {
          const next = add(causal ? add(turn, number as Tensor) : turn, 1);
          const slopes = keySlopes(
            tilesAt(around.slice(0, 4), next) as Queries,
            around.slice(4) as unknown as Keys,
          );
          return [add(dk as Tensor, slopes[0]), add(dv as Tensor, slopes[1])];
        },
        { states: keySlopes(first, keys, bias), captures: [number as Tensor, ...queries, ...own] },
      );
      return { states: [], elements };
    },
    { sequences: [numbers, ...allKeys], captures: allQueries },
  );
  return [...queriesBack.sequences, ...keysBack.sequences];
}

/** [H / G * t, t] for queries and keys of the same places: 0 up to a query's own, then -1e9. */
function diagonal(q: Tensor, { tile, shared }: Layout): Tensor {
  const bias = new Float32Array(shared * tile * tile);
  for (let row = 0; row < shared * tile; row++)
    bias.fill(MASKED, row * tile + (row % tile) + 1, (row + 1) * tile);
  return q.graph.constant(bias, [shared * tile, tile]);
}
