import {
  add,
  embedding,
  gelu,
  initializers,
  layerNormalization,
  linear,
  matmul,
  reshape,
  split,
  type Tensor,
  transpose,
} from '@banyan/engine';
import { sizesOf } from './gpt-config.ts';
import { type Block, blockOf, headsOf, intoStream } from './transformer.ts';

const { normal, ones, zeros } = initializers;

/**
 * GPT-2 (Radford et al., 2019): h = wte[ids] + wpe[positions]; each block h += attention(ln_1(h)), h += mlp(ln_2(h))
 * (pre-norm); logits = ln_f(h) wte^T. Names and layouts are those of Hugging Face's checkpoints: weights [in, out].
 */
export function gpt2({ config, vocabulary, ids, positions, attend, silence }: Block): Tensor {
  const { width, layers, context, heads, normEpsilon } = config;
  const { graph } = ids;
  const weight = (name: string, shape: number[], std: number) =>
    graph.parameter(`transformer.${name}.weight`, shape, normal(std));
  const bias = (name: string, size: number) => graph.parameter(`transformer.${name}.bias`, [size], zeros);
  const normalise = (name: string, x: Tensor) =>
    layerNormalization(
      x,
      graph.parameter(`transformer.${name}.weight`, [width], ones),
      bias(name, width),
      normEpsilon,
    );
  const project = (name: string, x: Tensor, out: number, std = 0.02) =>
    linear(x, weight(name, [x.shape.at(-1) as number, out], std), bias(name, out));

  const approximate = config.activation === 'gelu' ? 'none' : 'tanh';
  const wte = weight('wte', [vocabulary, width], 0.02);
  const wpe = weight('wpe', [context, width], 0.02);
  let h = add(embedding(wte, ids), positions === undefined ? wpe : embedding(wpe, positions));
  h = silence(h, 'embedding');
  const blockAt =
    (layer: number) =>
    (h: Tensor): Tensor => {
      const block = `h.${layer}`;
      const read = project(`${block}.attn.c_attn`, normalise(`${block}.ln_1`, h), 3 * width);
      const [q, k, v] = split(read, 3).map((x) => headsOf(x, heads)) as [Tensor, Tensor, Tensor];
      const heard = reshape(transpose(attend(q, k, v, layer), [0, 2, 1, 3]), h.shape);
      const said = project(`${block}.attn.c_proj`, heard, width, intoStream(config));
      const mixed = add(h, silence(said, `${block}.attention`));
      const inner = gelu(
        project(`${block}.mlp.c_fc`, normalise(`${block}.ln_2`, mixed), sizesOf(config).inner),
        approximate,
      );
      return add(
        mixed,
        silence(project(`${block}.mlp.c_proj`, inner, width, intoStream(config)), `${block}.mlp`),
      );
    };
  for (let layer = 0; layer < layers; layer++) h = blockOf(config, blockAt(layer))(h);
  const last = normalise('ln_f', h);
  if (config.tied) return matmul(last, transpose(wte));
  const head = graph.parameter('lm_head.weight', [vocabulary, width], normal(0.02));
  return linear(last, head, undefined, { transB: true });
}
