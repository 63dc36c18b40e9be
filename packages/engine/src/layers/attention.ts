import { EngineError } from '../error.ts';
import { add, matmul, mul, softmax, transposeLast } from '../operators.ts';
import { dimAt } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Added to the score of a pair that may not attend: exp gives exactly 0 beside any real score. */
const MASKED = -1e9;

export interface AttentionOptions {
  /** Position t attends to positions up to t only; needs shapes known in the graph. */
  causal?: boolean;
  /** Added to the scores [B, H, S, T]: 0 where a pair may attend, a large negative number where not. */
  mask?: Tensor;
}

/**
 * softmax(q k^T / sqrt(d) + mask) v (Vaswani et al., 2017, equation 1) for each head: q [B, H, S, d], k and v
 * [B, H, T, d], result [B, H, S, d].
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, { causal, mask }: AttentionOptions = {}): Tensor {
  const depth = dimAt(q.shape, -1);
  if (typeof depth !== 'number')
    throw new EngineError('shape', `attention needs to know the depth ${depth} of a head`, {
      shapes: [q.shape],
    });
  let scores = matmul(mul(q, 1 / Math.sqrt(depth)), transposeLast(k));
  if (causal) scores = add(scores, causalMask(q, k));
  if (mask) scores = add(scores, mask);
  return matmul(softmax(scores), v);
}

/** [S, T]: the S queries are the last of the T positions. */
function causalMask(q: Tensor, k: Tensor): Tensor {
  const [S, T] = [dimAt(q.shape, -2), dimAt(k.shape, -2)];
  if (typeof S !== 'number' || typeof T !== 'number')
    throw new EngineError(
      'shape',
      `causal attention needs lengths known in the graph, not ${S} and ${T}: pass a mask`,
      { shapes: [q.shape, k.shape] },
    );
  const bias = new Float32Array(S * T);
  for (let s = 0; s < S; s++) bias.fill(MASKED, s * T + T - S + s + 1, (s + 1) * T);
  return q.graph.constant(bias, [S, T]);
}
