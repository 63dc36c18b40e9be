/** Gradients of whole models against finite differences: what operators prove alone can still go wrong together. */
import { expect, test } from 'vitest';
import { gradients } from './backward.ts';
import { createGraph } from './create-graph.ts';
import { normal } from './initializers.ts';
import { swiglu } from './layers/activations.ts';
import { attention, paddingMask } from './layers/attention.ts';
import { embedding, linear } from './layers/dense.ts';
import { meanSquaredError } from './layers/losses.ts';
import { rotate, rotation } from './layers/rotary.ts';
import { toOnnx } from './onnx.ts';
import {
  add,
  averagePool,
  batchNormalizationOfBatch,
  concat,
  conv,
  convTranspose,
  exp,
  expandAs,
  gelu,
  globalAveragePool,
  groupNormalization,
  gru,
  layerNormalization,
  lstm,
  maxPool,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  rmsNormalization,
  rnn,
  sigmoid,
  sigmoidCrossEntropy,
  slice,
  softmaxCrossEntropy,
  split,
  squeeze,
  sub,
  tanh,
  transpose,
  transposeLast,
} from './operators.ts';
import { createRandom } from './random.ts';
import { openSession } from './runtime/session.ts';
import type { Graph, Parameter, Tensor, TensorData } from './tensor.ts';

type Make = (shape: readonly number[]) => Parameter;

const models: Record<string, (graph: Graph, make: Make) => Tensor> = {
  mlp(graph, make) {
    const x = graph.constant(drawn('x', 12), [4, 3]);
    const hidden = tanh(linear(x, make([3, 5]), make([5])));
    return meanSquaredError(linear(hidden, make([5, 2]), make([2])), graph.constant(drawn('t', 8), [4, 2]));
  },

  /** Hochreiter and Schmidhuber, 1997: four gates from one product, unrolled over five steps. */
  lstm(graph, make) {
    const x = graph.constant(drawn('x', 30), [3, 5, 2]);
    const [u, w, b] = [make([2, 16]), make([4, 16]), make([16])];
    let [h, c] = [graph.constant(new Float32Array(12), [3, 4]), graph.constant(new Float32Array(12), [3, 4])];
    for (let t = 0; t < 5; t++) {
      const gates = add(linear(squeeze(slice(x, 1, t, t + 1), 1), u, b), linear(h, w));
      const [input, forget, output, candidate] = split(gates, 4) as [Tensor, Tensor, Tensor, Tensor];
      c = add(mul(sigmoid(forget), c), mul(sigmoid(input), tanh(candidate)));
      h = mul(sigmoid(output), tanh(c));
    }
    return softmaxCrossEntropy(linear(h, make([4, 3])), graph.constant(Int32Array.of(0, 2, 1)));
  },

  /** Kingma and Welling, 2014. */
  vae(graph, make) {
    const x = graph.constant(drawn('x', 24).map(Math.abs), [4, 6]);
    const [mean, logVariance] = split(linear(x, make([6, 4]), make([4])), 2) as [Tensor, Tensor];
    const z = add(mean, mul(exp(mul(logVariance, 0.5)), graph.constant(drawn('noise', 8), [4, 2])));
    const kl = mul(reduceSum(sub(sub(add(mul(mean, mean), exp(logVariance)), logVariance), 1), -1), 0.5);
    return add(reduceMean(sigmoidCrossEntropy(linear(z, make([2, 6]), make([6])), x)), reduceMean(kl));
  },

  /** One pre-norm Transformer block with tied embeddings. */
  gpt(graph, make) {
    const [B, S, D, H, V] = [2, 4, 6, 2, 7];
    const table = make([V, D]);
    const ids = graph.constant(Int32Array.of(1, 5, 5, 2, 0, 6, 3, 1), [B, S]);
    let x = add(embedding(table, ids), make([S, D]));
    const heads = (t: Tensor) => transpose(reshape(t, [B, S, H, D / H]), [0, 2, 1, 3]);
    const norm = (t: Tensor) => layerNormalization(t, make([D]), make([D]));
    const [q, k, v] = split(linear(norm(x), make([D, 3 * D]), make([3 * D])), 3).map(heads) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const mixed = reshape(transpose(attention(q, k, v, { causal: true }), [0, 2, 1, 3]), [B, S, D]);
    x = add(x, linear(mixed, make([D, D]), make([D])));
    x = add(x, linear(gelu(linear(norm(x), make([D, 8]), make([8]))), make([8, D]), make([D])));
    const logits = linear(reshape(norm(x), [B * S, D]), transposeLast(table));
    return softmaxCrossEntropy(logits, graph.constant(Int32Array.of(5, 5, 2, 4, 6, 3, 1, 0)));
  },

  /** A block of Llama: rotary positions, two heads to a key, SwiGLU, weights [out, in]. */
  llama(graph, make) {
    const [B, S, D, H, G, V] = [2, 3, 8, 4, 2, 7];
    const table = make([V, D]);
    const ids = graph.constant(Int32Array.of(1, 5, 5, 2, 0, 6), [B, S]);
    const shown = graph.constant(Int32Array.of(1, 1, 1, 1, 1, 0), [B, S]);
    let x = embedding(table, ids);
    const project = (t: Tensor, out: number) =>
      linear(t, make([out, t.shape.at(-1) as number]), undefined, { transB: true });
    const heads = (t: Tensor, count: number) => transpose(reshape(t, [B, S, count, D / H]), [0, 2, 1, 3]);
    const turned = rotation(graph.constant(Int32Array.of(0, 1, 2)), D / H, 10);
    const [q, k, v] = [
      rotate(heads(project(x, D), H), turned),
      rotate(heads(project(x, (D / H) * G), G), turned),
      heads(project(x, (D / H) * G), G),
    ];
    const read = attention(q, k, v, { causal: true, mask: paddingMask(shown) });
    x = add(x, project(reshape(transpose(read, [0, 2, 1, 3]), [B, S, D]), D));
    x = add(x, project(swiglu(project(x, 6), gelu(project(x, 6), 'tanh')), D));
    const logits = reshape(linear(x, table, undefined, { transB: true }), [B * S, V]);
    return softmaxCrossEntropy(logits, graph.constant(Int32Array.of(5, 5, 2, 4, 6, 3)));
  },

  /**
   * LeCun et al., 1998, in small: two convolutions with pools between them. Far apart, the elements of a window do not
   * change places between two differences.
   */
  cnn(graph, make) {
    const x = graph.constant(drawn('x', 2 * 2 * 64), [2, 2, 8, 8]);
    const apart = graph.constant(
      drawn('apart', 64).map((value) => 8 * value),
      [8, 8],
    );
    const hidden = tanh(conv(x, make([3, 2, 3, 3]), make([3]), { pads: 1 }));
    let y = sub(maxPool(add(hidden, apart), 2), maxPool(expandAs(apart, hidden), 2));
    y = averagePool(tanh(conv(y, make([4, 3, 3, 3]), make([4]))), 2);
    return softmaxCrossEntropy(
      linear(reshape(y, [2, 4]), make([4, 3]), make([3])),
      graph.constant(Int32Array.of(2, 0)),
    );
  },

  /** Down by strides, up again by transposed convolutions. */
  convolutionalVae(graph, make) {
    const x = graph.constant(drawn('x', 2 * 49).map(Math.abs), [2, 1, 7, 7]);
    const hidden = gelu(conv(x, make([3, 1, 3, 3]), make([3]), { strides: 2, pads: 1 }));
    const [mean, logVariance] = split(linear(reshape(hidden, [2, 48]), make([48, 4])), 2) as [Tensor, Tensor];
    const z = add(mean, mul(exp(mul(logVariance, 0.5)), graph.constant(drawn('noise', 4), [2, 2])));
    const up = reshape(gelu(linear(z, make([2, 48]), make([48]))), [2, 3, 4, 4]);
    const y = convTranspose(up, make([3, 1, 3, 3]), make([1]), { strides: 2, pads: 1 });
    return reduceMean(sigmoidCrossEntropy(y, x));
  },

  /** ONNX's operators: kernels forward, unrolled backward; read in both directions, then once more, the last state kept. */
  ...Object.fromEntries(
    (
      [
        ['lstmOperator', lstm, 4],
        ['gruOperator', gru, 3],
        ['rnnOperator', rnn, 1],
      ] as const
    ).map(([name, operator, gates]) => [
      name,
      (graph: Graph, make: Make) => {
        const [T, N, I, H] = [4, 3, 2, 3];
        const x = graph.constant(drawn('x', T * N * I), [T, N, I]);
        const lengths = graph.constant(Int32Array.of(4, 2, 3));
        const both = operator(x, make([2, gates * H, I]), make([2, gates * H, H]), {
          direction: 'bidirectional',
          bias: make([2, 2 * gates * H]),
          sequenceLengths: lengths,
        });
        const joined = reshape(transpose(both.y, [0, 2, 1, 3]), [T, N, 2 * H]);
        const { h } = operator(joined, make([1, gates * H, 2 * H]), make([1, gates * H, H]), {
          sequenceLengths: lengths,
        });
        return softmaxCrossEntropy(
          linear(squeeze(h, 0), make([H, 3])),
          graph.constant(Int32Array.of(0, 2, 1)),
        );
      },
    ]),
  ),

  /** A residual block with the batch's statistics (He et al., 2016), and what a group norm and RMS make of it. */
  residual(graph, make) {
    const x = graph.constant(drawn('x', 3 * 2 * 25), [3, 2, 5, 5]);
    const norm = (t: Tensor, width: number) => batchNormalizationOfBatch(t, make([width]), make([width])).y;
    const inner = tanh(norm(conv(x, make([4, 2, 3, 3]), undefined, { pads: 1 }), 4));
    const outer = norm(conv(inner, make([4, 4, 3, 3]), undefined, { pads: 1 }), 4);
    const y = groupNormalization(add(outer, conv(x, make([4, 2, 1, 1]))), 2, make([4]), make([4]));
    const pooled = rmsNormalization(reshape(globalAveragePool(tanh(y)), [3, 4]), make([4]));
    return softmaxCrossEntropy(linear(pooled, make([4, 2])), graph.constant(Int32Array.of(0, 1, 1)));
  },

  /** One parameter used four times through different paths, on two rows and on four. */
  shared(graph, make) {
    const w = make([3, 3]);
    const x = concat(
      [graph.constant(drawn('x', 6), [2, 3]), linear(graph.constant(drawn('y', 6), [2, 3]), w)],
      0,
    );
    return reduceMean(mul(linear(tanh(linear(tanh(linear(x, w)), w)), w), x));
  },
};

function drawn(seed: string, count: number): Float32Array {
  return normal(1)(createRandom(seed), [count]);
}

test.each(Object.keys(models))(
  'the gradient of %s is its finite difference along random directions',
  async (name) => {
    const graph = createGraph();
    const loss = (models[name] as (typeof models)[string])(graph, (shape) =>
      graph.parameter(`p${graph.parameters.length}`, shape, normal(0.5)),
    );
    const random = createRandom(name);
    const values = new Map<string, TensorData>(
      graph.parameters.map((p) => [p.name, { dtype: 'float32', shape: p.shape, data: p.initial(random) }]),
    );
    const slopes = gradients(loss, graph.parameters);
    const outputs: Record<string, Tensor> = { loss };
    for (const [index, { name }] of graph.parameters.entries()) outputs[`d${name}`] = slopes[index] as Tensor;
    const session = await openSession(toOnnx(graph, { inputs: [], outputs }));
    const at = async (feeds: ReadonlyMap<string, TensorData>) => session.run(Object.fromEntries(feeds));
    const gradient = await at(values);

    for (const [parameter, { dtype, shape, data }] of values) {
      const direction = normal(1)(random, [data.length]);
      const lossAt = async (step: number) => {
        const moved = (data as Float32Array).map((value, i) => value + step * (direction[i] ?? 0));
        return Number(
          (await at(new Map(values).set(parameter, { dtype, shape, data: moved }))).loss?.data[0],
        );
      };
      const difference = async (step: number) => ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      const extrapolated = (4 * (await difference(0.01)) - (await difference(0.02))) / 3;
      const slope = gradient[`d${parameter}`]?.data as Float32Array;
      const along = slope.reduce((sum, value, i) => sum + value * (direction[i] ?? 0), 0);
      expect(Math.abs(along - extrapolated), `${parameter}: ${along} for ${extrapolated}`).toBeLessThan(
        1e-4 + 1e-3 * Math.abs(along),
      );
    }
    await session.close();
  },
);
