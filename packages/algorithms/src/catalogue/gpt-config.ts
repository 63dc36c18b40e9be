import { z } from 'zod';
import { advanced, stepFields } from './training-fields.ts';

export const gptConfig = z
  .strictObject({
    style: z
      .enum(['gpt2', 'llama'])
      .default('gpt2')
      .describe(
        'gpt2: learned positions, layer norm, GELU. llama: rotary positions, RMS norm, SwiGLU, no biases.',
      ),
    context: z.int().min(2).max(8192).default(128).describe('Tokens the model looks back on.'),
    layers: z.int().min(1).max(96).default(4).describe('Transformer blocks.'),
    heads: z
      .int()
      .min(1)
      .max(128)
      .default(4)
      .describe('Attention heads in each block; they divide the width.'),
    kvHeads: z
      .int()
      .min(0)
      .max(128)
      .default(0)
      .describe('Heads of keys and values, each shared by a group of heads (llama); 0: one for each head.')
      .meta(advanced),
    width: z.int().min(4).max(8192).default(128).describe('Width of the residual stream.'),
    inner: z
      .int()
      .min(0)
      .max(65_536)
      .default(0)
      .describe("Width inside a block's feed-forward part; 0: 4 times the width (gpt2), 8/3 times (llama).")
      .meta(advanced),
    activation: z
      .enum(['gelu', 'gelu_new'])
      .default('gelu')
      .describe("gelu: exact; gelu_new: by tanh, as GPT-2's own weights want it. A llama has SwiGLU.")
      .meta(advanced),
    tied: z
      .boolean()
      .default(true)
      .describe('Whether the table of token vectors serves at both ends of the model.')
      .meta(advanced),
    ropeTheta: z
      .number()
      .min(1)
      .max(1e9)
      .default(10_000)
      .describe('Base of the rotary positions (llama): the larger, the slower the slowest turns.')
      .meta(advanced),
    normEpsilon: z
      .number()
      .gt(0)
      .max(0.1)
      .default(1e-5)
      .describe('Added to the variance in each normalisation.')
      .meta(advanced),
    dropout: z
      .number()
      .min(0)
      .max(0.9)
      .default(0)
      .describe('Share of the stream silenced at each training step.'),
    checkpointing: z
      .boolean()
      .default(false)
      .describe(
        'Compute each block again in the backward pass instead of keeping its values: far less memory, a third more time.',
      )
      .meta(advanced),
    steps: z.int().min(1).max(10_000_000).default(800).describe('Gradient steps.'),
    batchSize: z.int().min(1).max(1024).default(16).describe('Windows of text per gradient step.'),
    learningRate: z
      .number()
      .gt(0)
      .max(1)
      .default(3e-3)
      .describe('Highest learning rate, reached after warm-up; wider models want less.'),
    warmupSteps: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(50)
      .describe('Steps over which the learning rate rises from zero.')
      .meta(advanced),
    weightDecay: z.number().min(0).max(10).default(0.1).describe('Pull of the weights towards zero.'),
    clipNorm: z
      .number()
      .min(0)
      .max(1e6)
      .default(1)
      .describe('Longest gradient allowed; 0: no limit.')
      .meta(advanced),
    ...stepFields,
    validateEvery: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .describe('Steps between two validations.')
      .meta(advanced),
    patience: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe('Stop after this many validations without a better one, and keep the best weights; 0: never.')
      .meta(advanced),
  })
  .superRefine(({ style, width, heads, kvHeads }, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (width % heads !== 0) refuse('heads', 'width must be a multiple of heads');
    if (kvHeads > 0 && style === 'gpt2' && kvHeads !== heads)
      refuse('kvHeads', 'heads share keys and values in the style llama only');
    if (kvHeads > 0 && heads % kvHeads !== 0) refuse('kvHeads', 'heads must be a multiple of kvHeads');
    if (style === 'llama' && (width / heads) % 2 !== 0)
      refuse('heads', 'rotary positions turn pairs: width / heads must be even');
  });

export type GptConfig = z.infer<typeof gptConfig>;

/** The sizes that a configuration may leave to the style. */
export function sizesOf({ style, width, heads, kvHeads, inner }: GptConfig): {
  head: number;
  kvHeads: number;
  inner: number;
} {
  // Three matrices of 8/3 hold as many weights as two of 4 (Shazeer, 2020).
  const usual = style === 'gpt2' ? 4 * width : 8 * Math.ceil(width / 3);
  return { head: width / heads, kvHeads: kvHeads || heads, inner: inner || usual };
}
