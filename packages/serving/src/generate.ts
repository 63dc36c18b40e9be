import { createRandom } from '@banyan/engine';
import { z } from 'zod';
import type { Decoder } from './decoder.ts';
import { sampleToken } from './sampling.ts';
import { asServingError, ServingError } from './serving-error.ts';
import { createTextStream } from './text-stream.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface GenerateOptions {
  maxTokens: number;
  /** 0 takes the likeliest token every time; 1, the default, samples the model's own distribution. */
  temperature?: number | undefined;
  topK?: number | undefined;
  topP?: number | undefined;
  /** The same seed, prompt and options give the same text; without one every call differs. */
  seed?: number | string | undefined;
  /** Generation ends where one of these begins; it is not given out. */
  stop?: readonly string[] | undefined;
  /**
   * What happens when prompt and text fill the model's context: `slide` (the default) forgets the older half and goes
   * on, `stop` ends with 'length' and refuses a prompt that is longer than the context.
   */
  whenFull?: 'slide' | 'stop' | undefined;
  signal?: AbortSignal | undefined;
}

/** One generated token with the text it completes: empty while a character or a stop string may still be unfinished. */
export interface TextPiece {
  token: number;
  text: string;
}

export interface Completion {
  /** `stop`: a stop string or the model's own end of text; `length`: maxTokens or the context is reached. */
  finishReason: 'stop' | 'length';
  promptTokens: number;
  completionTokens: number;
}

const optionsSchema = z.object({
  maxTokens: z.int().min(1),
  temperature: z.number().min(0).max(100).default(1),
  topK: z.int().min(1).optional(),
  topP: z.number().gt(0).max(1).optional(),
  seed: z.union([z.number(), z.string()]).optional(),
  stop: z.array(z.string().min(1)).max(16).default([]),
  whenFull: z.enum(['slide', 'stop']).default('slide'),
});

/**
 * Continues a prompt token by token. Pieces never split a character; their texts joined are the whole text. The
 * generator returns how it ended and what it counted.
 *
 * @throws ServingError 'input' for an option out of range, an empty prompt, or (`stop`) one beyond the context; the
 *   signal's reason when it aborts
 */
export async function* generateText(
  decoder: Decoder,
  tokenizer: Tokenizer,
  prompt: string,
  given: GenerateOptions,
): AsyncGenerator<TextPiece, Completion> {
  const { signal, ...rest } = given;
  const { maxTokens, seed = crypto.randomUUID(), stop, whenFull, ...sampling } = parseOptions(rest);
  if (typeof prompt !== 'string') throw new ServingError('input', 'the prompt must be text');
  const promptIds = tokenizer.encode(prompt);
  requirePrompt(promptIds, decoder.context, whenFull);
  const random = createRandom(seed);
  const stream = createTextStream(stop);
  const recent = promptIds.slice(-decoder.context);
  let sequence = decoder.begin();
  let unread = recent;
  let completionTokens = 0;
  const finish = (finishReason: Completion['finishReason']): Completion => ({
    finishReason,
    promptTokens: promptIds.length,
    completionTokens,
  });

  for (;;) {
    signal?.throwIfAborted();
    const token = sampleToken(await feed(sequence, unread), sampling, random);
    completionTokens += 1;
    const ended = tokenizer.isSpecial(token);
    const { text, stopped } = stream.push(tokenizer.bytesOf(token));
    const full = sequence.length === decoder.context && whenFull === 'stop';
    const last = ended || stopped || full || completionTokens === maxTokens;
    yield { token, text: last ? text + stream.end() : text };
    if (last) return finish(ended || stopped ? 'stop' : 'length');
    recent.push(token);
    unread = [token];
    if (sequence.length === decoder.context) {
      // Positions have run out: read the newer half again, as a text of its own. Half, so that it happens seldom.
      recent.splice(0, recent.length - Math.ceil(decoder.context / 2));
      sequence = decoder.begin();
      unread = recent.slice();
    }
  }
}

async function feed(
  sequence: ReturnType<Decoder['begin']>,
  tokens: readonly number[],
): Promise<Float32Array> {
  try {
    return await sequence.feed(tokens);
  } catch (error) {
    throw asServingError(error);
  }
}

function parseOptions(options: Omit<GenerateOptions, 'signal'>): z.infer<typeof optionsSchema> {
  const result = optionsSchema.safeParse(options);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ServingError('input', problems.join('; '));
}

function requirePrompt(tokens: readonly number[], context: number, whenFull: 'slide' | 'stop'): void {
  if (tokens.length === 0)
    throw new ServingError(
      'input',
      'the prompt is empty: this model continues a text, so give it a beginning',
    );
  if (whenFull === 'stop' && tokens.length > context)
    throw new ServingError(
      'input',
      `the prompt has ${tokens.length} tokens; this model reads at most ${context}`,
    );
}
