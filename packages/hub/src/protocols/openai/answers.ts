import { HubError, type Json } from '@banyan/contract';
import { z } from 'zod';

/** How a text comes back, as a whole or in pieces: the two endpoints differ in their names for things alone. */
export interface Shape {
  prefix: 'chatcmpl' | 'cmpl';
  whole: 'chat.completion' | 'text_completion';
  piece: 'chat.completion.chunk' | 'text_completion';
  choice(text: string): object;
  /** A piece of the text; `first` and `last` mark the ends of the stream, which carry no text in a chat. */
  delta(text: string, at: 'first' | 'middle' | 'last'): object;
}

export const chatShape: Shape = {
  prefix: 'chatcmpl',
  whole: 'chat.completion',
  piece: 'chat.completion.chunk',
  choice: (text) => ({ message: { role: 'assistant', content: text, refusal: null } }),
  delta: (text, at) => {
    if (at === 'first') return { delta: { role: 'assistant', content: text } };
    return { delta: at === 'last' ? {} : { content: text } };
  },
};

export const completionShape: Shape = {
  prefix: 'cmpl',
  whole: 'text_completion',
  piece: 'text_completion',
  choice: (text) => ({ text }),
  delta: (text) => ({ text }),
};

const part = z.object({ text: z.string() });
const end = z.object({
  finishReason: z.enum(['stop', 'length']).catch('stop'),
  promptTokens: z.number().int(),
  completionTokens: z.number().int(),
});
export type End = z.infer<typeof end>;

export const textOf = (body: Json): string => read(part, body).text;
export const endOf = (body: Json | undefined): End => read(end, body);

function read<T>(schema: z.ZodType<T>, body: Json | undefined): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new HubError('UPSTREAM', 'The worker that serves this model answered with something else than text.');
}

export const usageOf = ({ promptTokens, completionTokens }: End) => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
});

/** The error object that OpenAI's clients read; they retry by themselves unless told not to. */
export function errorBody({ code, status, message, details }: HubError) {
  const hint = details?.hint === undefined ? '' : ` ${details.hint}`;
  const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error';
  return {
    error: { message: `${message}${hint}`, type, param: details?.field ?? null, code: codes[code] ?? null },
  };
}

const codes: Partial<Record<HubError['code'], string>> = {
  NOT_SIGNED_IN: 'invalid_api_key',
  TOKEN_EXPIRED: 'invalid_api_key',
  NOT_FOUND: 'model_not_found',
  GONE: 'model_not_found',
  TOO_MANY: 'rate_limit_exceeded',
};
