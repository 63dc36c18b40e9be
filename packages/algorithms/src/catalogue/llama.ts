import {
  add,
  embedding,
  initializers,
  linear,
  reshape,
  rmsNormalization,
  rotate,
  rotation,
  swiglu,
  type Tensor,
  transpose,
} from '@banyan/engine';
import { sizesOf } from './gpt-config.ts';
import { type Block, blockOf, headsOf, intoStream } from './transformer.ts';

const { normal, ones } = initializers;

/**
 * Llama (Touvron et al., 2023): h = embed_tokens[ids]; each block h += attention(norm(h)) with rotary positions and
 * grouped heads, h += down(silu(gate(norm(h))) up(norm(h))); logits = norm(h) head^T. No biases. Names and layouts are
 * those of Hugging Face's checkpoints: weights [out, in].
 */
export function llama({ config, vocabulary, ids, positions, attend, silence }: Block): Tensor {
  const { width, layers, heads, ropeTheta, normEpsilon } = config;
  const { head, kvHeads, inner } = sizesOf(config);
  const { graph } = ids;
  const weight = (name: string, out: number, size: number, std = 0.02) =>
    graph.parameter(`${name}.weight`, [out, size], normal(std));
  const normalise = (name: string, x: Tensor) =>
    rmsNormalization(x, graph.parameter(`model.${name}.weight`, [width], ones), normEpsilon);
  const project = (name: string, x: Tensor, out: number, std = 0.02) =>
    linear(x, weight(`model.${name}`, out, x.shape.at(-1) as number, std), undefined, { transB: true });

  const table = weight('model.embed_tokens', vocabulary, width);
  const places =
    positions ?? graph.constant(Int32Array.from({ length: ids.shape[1] as number }, (_, t) => t));
  const turn = rotation(places, head, ropeTheta);
  let h = silence(embedding(table, ids), 'embedding');
  const blockAt =
    (layer: number) =>
    (h: Tensor): Tensor => {
      const [block, site] = [`layers.${layer}`, `h.${layer}`];
      const x = normalise(`${block}.input_layernorm`, h);
      const read = (part: string, count: number) =>
        headsOf(project(`${block}.self_attn.${part}_proj`, x, count * head), count);
      const q = rotate(read('q', heads), turn);
      const k = rotate(read('k', kvHeads), turn);
      const heard = reshape(transpose(attend(q, k, read('v', kvHeads), layer), [0, 2, 1, 3]), h.shape);
      const said = project(`${block}.self_attn.o_proj`, heard, width, intoStream(config));
      const mixed = add(h, silence(said, `${site}.attention`));
      const y = normalise(`${block}.post_attention_layernorm`, mixed);
      const gated = swiglu(
        project(`${block}.mlp.gate_proj`, y, inner),
        project(`${block}.mlp.up_proj`, y, inner),
      );
      return add(
        mixed,
        silence(project(`${block}.mlp.down_proj`, gated, width, intoStream(config)), `${site}.mlp`),
      );
    };
  for (let layer = 0; layer < layers; layer++) h = blockOf(config, blockAt(layer))(h);
  const last = normalise('norm', h);
  return linear(last, config.tied ? table : weight('lm_head', vocabulary, width), undefined, {
    transB: true,
  });
}
