import { z } from 'zod';
import { gptConfigOf } from '../catalogue/gpt.ts';
import { sizesOf } from '../catalogue/gpt-config.ts';
import { vocabularyOf } from '../catalogue/text.ts';
import { exportModel } from '../export/export.ts';
import { decoderParameters, textShape } from './decoder-layout.ts';
import { type Layout, only, parseJson, size } from './layout.ts';

/** LlamaConfig: what is left out has the library's default. Its base of rotary positions moved in version 5. */
const schema = z
  .looseObject({
    vocab_size: size,
    max_position_embeddings: size.default(2048),
    hidden_size: size,
    intermediate_size: size,
    num_hidden_layers: size,
    num_attention_heads: size,
    num_key_value_heads: size.nullish(),
    head_dim: size.nullish(),
    hidden_act: only('silu'),
    rms_norm_eps: z.number().default(1e-6),
    rope_theta: z.number().nullish(),
    rope_scaling: z.null().optional(),
    rope_parameters: z.looseObject({ rope_theta: z.number(), rope_type: only('default') }).nullish(),
    tie_word_embeddings: z.boolean().default(false),
    attention_bias: only(false),
    mlp_bias: only(false),
  })
  .superRefine(({ head_dim, hidden_size, num_attention_heads }, context) => {
    if ((head_dim ?? hidden_size / num_attention_heads) * num_attention_heads !== hidden_size)
      context.addIssue({
        code: 'custom',
        path: ['head_dim'],
        message: 'expected hidden_size / num_attention_heads',
      });
  });

export const llamaLayout: Layout = {
  algorithm: 'gpt',
  prefix: 'model.',
  ignored: /(^|\.)rotary_emb\.inv_freq$/,
  fanInFanOut: /^$/,

  read(json) {
    const field = parseJson(schema, json);
    return {
      shape: textShape(field.vocab_size),
      config: {
        style: 'llama',
        context: field.max_position_embeddings,
        width: field.hidden_size,
        inner: field.intermediate_size,
        layers: field.num_hidden_layers,
        heads: field.num_attention_heads,
        kvHeads: field.num_key_value_heads ?? field.num_attention_heads,
        normEpsilon: field.rms_norm_eps,
        ropeTheta: field.rope_parameters?.rope_theta ?? field.rope_theta ?? 10_000,
        tied: field.tie_word_embeddings,
      },
    };
  },

  write(model) {
    const config = gptConfigOf(model);
    const { kvHeads, inner, head } = sizesOf(config);
    return {
      model_type: 'llama',
      architectures: ['LlamaForCausalLM'],
      vocab_size: vocabularyOf(model.shape),
      max_position_embeddings: config.context,
      hidden_size: config.width,
      intermediate_size: inner,
      num_hidden_layers: config.layers,
      num_attention_heads: config.heads,
      num_key_value_heads: kvHeads,
      head_dim: head,
      hidden_act: 'silu',
      rms_norm_eps: config.normEpsilon,
      rope_theta: config.ropeTheta,
      rope_parameters: { rope_theta: config.ropeTheta, rope_type: 'default' },
      tie_word_embeddings: config.tied,
      attention_bias: false,
      mlp_bias: false,
    };
  },

  parameters: decoderParameters,
  onnx: exportModel,
  tokenizerConfig: () => ({}),
};
