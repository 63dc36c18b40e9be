import { z } from 'zod';
import { gptConfigOf } from '../catalogue/gpt.ts';
import { sizesOf } from '../catalogue/gpt-config.ts';
import { vocabularyOf } from '../catalogue/text.ts';
import { exportModel } from '../export/export.ts';
import { decoderParameters, textShape } from './decoder-layout.ts';
import { type Layout, only, parseJson, size } from './layout.ts';

/** GPT2Config: what is left out has the library's default. */
const schema = z.looseObject({
  vocab_size: size,
  n_positions: size,
  n_embd: size,
  n_layer: size,
  n_head: size,
  n_inner: size.nullish(),
  activation_function: z.enum(['gelu', 'gelu_new', 'gelu_pytorch_tanh']).default('gelu_new'),
  layer_norm_epsilon: z.number().default(1e-5),
  tie_word_embeddings: z.boolean().default(true),
  scale_attn_weights: only(true),
  scale_attn_by_inverse_layer_idx: only(false),
  add_cross_attention: only(false),
});

export const gpt2Layout: Layout = {
  algorithm: 'gpt',
  prefix: 'transformer.',
  ignored: /(^|\.)attn\.(masked_)?bias$/,
  fanInFanOut: /^transformer\.h\./,

  read(json) {
    const field = parseJson(schema, json);
    return {
      shape: textShape(field.vocab_size),
      config: {
        style: 'gpt2',
        context: field.n_positions,
        width: field.n_embd,
        layers: field.n_layer,
        heads: field.n_head,
        inner: field.n_inner ?? 0,
        activation: field.activation_function === 'gelu' ? 'gelu' : 'gelu_new',
        normEpsilon: field.layer_norm_epsilon,
        tied: field.tie_word_embeddings,
      },
    };
  },

  write(model) {
    const config = gptConfigOf(model);
    return {
      model_type: 'gpt2',
      architectures: ['GPT2LMHeadModel'],
      vocab_size: vocabularyOf(model.shape),
      n_positions: config.context,
      n_embd: config.width,
      n_layer: config.layers,
      n_head: config.heads,
      n_inner: sizesOf(config).inner,
      activation_function: config.activation,
      layer_norm_epsilon: config.normEpsilon,
      tie_word_embeddings: config.tied,
      resid_pdrop: config.dropout,
      embd_pdrop: config.dropout,
      attn_pdrop: 0,
    };
  },

  parameters: decoderParameters,
  onnx: exportModel,
  tokenizerConfig: () => ({}),
};
