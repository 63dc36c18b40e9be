import { type GenerateOptions, HubError } from '@banyan/contract';
import { z } from 'zod';

const text = z.object({ type: z.literal('text'), text: z.string() });
const message = z.object({
  role: z.enum(['developer', 'system', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(text, 'only parts of the type "text" are understood')]).nullish(),
});
export type Message = z.infer<typeof message>;

const sampling = {
  model: z.string().min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  seed: z.number().int().nullish(),
  n: z.literal(1, 'one answer a request').nullish(),
  stop: z.union([z.string().min(1).max(100), z.array(z.string().min(1).max(100)).max(8)]).nullish(),
};
const tokens = z.number().int().min(1).max(8192).nullish();

const chatRequest = z.object({
  ...sampling,
  messages: z.array(message).min(1),
  max_tokens: tokens,
  max_completion_tokens: tokens,
});
const completionRequest = z.object({
  ...sampling,
  prompt: z.union([z.string(), z.array(z.string()).length(1, 'one prompt a request')]),
  max_tokens: tokens,
  echo: z.boolean().nullish(),
});

/** What both kinds of request come down to. */
export interface Wanted {
  model: string;
  stream: boolean;
  includeUsage: boolean;
  /** Text that the answer begins with: the prompt, when the client asked for its echo. */
  prefix: string;
  options: GenerateOptions;
}

const chatTokens = 256;
/** OpenAI's own default. */
const completionTokens = 16;

/** Reads the body of /chat/completions. Fields that are not understood are ignored, as clients expect. Throws BAD_INPUT. */
export function readChat(body: unknown): Wanted {
  const request = parse(chatRequest, body);
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? chatTokens;
  return {
    ...wanted(request),
    prefix: '',
    options: optionsOf(request, flatten(request.messages), maxTokens),
  };
}

/** Reads the body of /completions. Throws BAD_INPUT. */
export function readCompletion(body: unknown): Wanted {
  const request = parse(completionRequest, body);
  const prompt = typeof request.prompt === 'string' ? request.prompt : (request.prompt[0] ?? '');
  const options = optionsOf(request, prompt, request.max_tokens ?? completionTokens);
  return { ...wanted(request), prefix: request.echo ? prompt : '', options };
}

/**
 * The prompt of a conversation. The models here are base language models: they continue text and were taught no roles.
 * One user message is therefore taken as it is, with a system message as the paragraph before it; a longer conversation
 * is written down like a play, for the model to go on with the next line.
 */
export function flatten(messages: Message[]): string {
  const spoken = messages.filter(({ role }) => role !== 'system' && role !== 'developer');
  if (spoken.length <= 1) return messages.map(contentOf).filter(Boolean).join('\n\n');
  const lines = messages.map((one) => {
    if (one.role === 'system' || one.role === 'developer') return contentOf(one);
    return `${one.role === 'assistant' ? 'Assistant' : 'User'}: ${contentOf(one)}`;
  });
  return `${lines.join('\n')}\nAssistant:`;
}

const contentOf = ({ content }: Message): string =>
  Array.isArray(content) ? content.map((part) => part.text).join('') : (content ?? '');

type Sampling = Omit<z.infer<typeof completionRequest>, 'prompt' | 'max_tokens' | 'echo'>;

const wanted = ({ model, stream, stream_options }: Sampling) => ({
  model,
  stream: stream ?? false,
  includeUsage: stream_options?.include_usage ?? false,
});

function optionsOf(request: Sampling, prompt: string, maxTokens: number): GenerateOptions {
  const { temperature, top_p: topP, seed, stop } = request;
  return {
    prompt,
    maxTokens,
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(typeof seed === 'number' && { seed }),
    ...(stop !== null && stop !== undefined && { stop: Array.isArray(stop) ? stop : [stop] }),
  };
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  throw new HubError('BAD_INPUT', `${field === '' ? 'body' : field}: ${issue?.message ?? 'not valid'}`, {
    field,
  });
}
