/** Models whose memory the tests measure: the shapes of real ones, without what does not count. */
import { createGraph } from '../create-graph.ts';
import { dtypes } from '../dtype.ts';
import { normal, ones, zeros } from '../initializers.ts';
import { attention } from '../layers/attention.ts';
import { embedding, linear } from '../layers/dense.ts';
import {
  add,
  gelu,
  layerNormalization,
  matmul,
  mul,
  type Operand,
  relu,
  reshape,
  sigmoid,
  softmaxCrossEntropy,
  split,
  squeeze,
  tanh,
  transpose,
} from '../operators.ts';
import { sizeOfShape } from '../shape.ts';
import type { Graph, Tensor, TensorData } from '../tensor.ts';
import type { Program } from '../train/program.ts';

type Three = [Tensor, Tensor, Tensor];

const weight = (graph: Graph, name: string, shape: number[]) => graph.parameter(name, shape, normal(0.02));

/** Every input of a program, filled with zeros. */
export const zerosFor = ({ inputs }: Program): Record<string, TensorData['data']> =>
  Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => {
      const array = dtypes[dtype].array ?? Uint8Array;
      return [name, new array(sizeOfShape(shape))];
    }),
  );

export function perceptron({ rows, widths }: { rows: number; widths: number[] }): Program {
  const graph = createGraph();
  let x: Tensor = graph.input('x', 'float32', [rows, widths[0] as number]);
  const labels = graph.input('labels', 'int32', [rows]);
  for (const [layer, out] of widths.slice(1).entries()) {
    const b = graph.parameter(`layers.${layer}.bias`, [out], zeros);
    const y = linear(x, weight(graph, `layers.${layer}.weight`, [widths[layer] as number, out]), b);
    x = layer < widths.length - 2 ? relu(y) : y;
  }
  return { graph, inputs: [...graph.inputs], loss: softmaxCrossEntropy(x, labels), measures: {} };
}

export interface TransformerShape {
  rows: number;
  context: number;
  width: number;
  heads: number;
  layers: number;
  vocabulary?: number;
  attend?: (q: Tensor, k: Tensor, v: Tensor) => Tensor;
  block?: (block: (h: Tensor) => Tensor) => (h: Tensor) => Tensor;
}

const causally = (q: Tensor, k: Tensor, v: Tensor) => attention(q, k, v, { causal: true });

/** A decoder with pre-norm blocks and tied embeddings. */
export function transformer({
  rows,
  context,
  width,
  heads,
  layers,
  vocabulary = 256,
  attend = causally,
  block = (block) => block,
}: TransformerShape): Program {
  const graph = createGraph();
  const ids = graph.input('ids', 'int32', [rows, context]);
  const labels = graph.input('labels', 'int32', [rows, context]);
  const wte = weight(graph, 'wte.weight', [vocabulary, width]);
  const norm = (name: string, x: Tensor) =>
    layerNormalization(
      x,
      graph.parameter(`${name}.weight`, [width], ones),
      graph.parameter(`${name}.bias`, [width], zeros),
    );
  const project = (name: string, x: Tensor, from: number, to: number) =>
    linear(x, weight(graph, `${name}.weight`, [from, to]), graph.parameter(`${name}.bias`, [to], zeros));
  const byHead = (x: Tensor) => transpose(reshape(x, [rows, context, heads, width / heads]), [0, 2, 1, 3]);

  const layer = (name: string) => (h: Tensor) => {
    const [q, k, v] = split(project(`${name}.qkv`, norm(`${name}.ln_1`, h), width, 3 * width), 3).map(
      byHead,
    ) as Three;
    const heard = reshape(transpose(attend(q, k, v), [0, 2, 1, 3]), [rows, context, width]);
    const read = add(h, project(`${name}.out`, heard, width, width));
    const inner = gelu(project(`${name}.fc`, norm(`${name}.ln_2`, read), width, 4 * width));
    return add(read, project(`${name}.proj`, inner, 4 * width, width));
  };
  let h = add(embedding(wte, ids), weight(graph, 'wpe.weight', [context, width]));
  for (let index = 0; index < layers; index++) h = block(layer(`h.${index}`))(h);
  const logits = reshape(matmul(norm('ln_f', h), transpose(wte)), [rows * context, vocabulary]);
  const loss = softmaxCrossEntropy(logits, reshape(labels, [rows * context]));
  return { graph, inputs: [ids, labels], loss, measures: {} };
}

/** An LSTM unrolled over its sequence, with a label for its end. */
export function recurrent({ rows, length, width }: { rows: number; length: number; width: number }): Program {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [length, rows, width]);
  const labels = graph.input('labels', 'int32', [rows]);
  const u = linear(x, weight(graph, 'U', [width, 4 * width]), graph.parameter('b', [4 * width], zeros));
  const W = weight(graph, 'W', [width, 4 * width]);
  let h: Tensor = graph.constant(new Float32Array(rows * width), [rows, width]);
  let c: Operand = h;
  for (const step of split(u, length, 0)) {
    const gates = split(add(squeeze(step, 0), matmul(h, W)), 4);
    const [i, f, g, o] = gates as [Tensor, Tensor, Tensor, Tensor];
    const memory: Tensor = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    c = memory;
    h = mul(sigmoid(o), tanh(memory));
  }
  const loss = softmaxCrossEntropy(linear(h, weight(graph, 'head', [width, 8])), labels);
  return { graph, inputs: [x, labels], loss, measures: {} };
}
