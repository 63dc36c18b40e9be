import { readEvents } from './event-stream.ts';
import { CliError } from './refusal.ts';
import type { Session } from './session.ts';

/** What OpenAI's completions take; a field that is absent is left to the hub. */
export interface CompletionRequest {
  model: string;
  prompt: string;
  max_tokens: number;
  temperature?: number | undefined;
  seed?: number | undefined;
  stop?: string[] | undefined;
}

export interface CompletionEnd {
  /** `stop` at the end of the text or a stop string, `length` at the limit. */
  finishReason: string;
  promptTokens: number;
  completionTokens: number;
}

interface Chunk {
  choices?: { text?: string; finish_reason?: string | null }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  error?: { message?: string };
}

/**
 * Pieces of a text as the model writes them; returns how it ended.
 *
 * @throws CliError with the hub's reason, before the first piece or in the middle of the text
 */
export async function* streamCompletion(
  { url, token }: Pick<Session, 'url' | 'token'>,
  request: CompletionRequest,
  signal: AbortSignal,
): AsyncGenerator<string, CompletionEnd> {
  const response = await fetch(`${url.replace(/\/+$/, '')}/v1/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  if (!response.ok || response.body === null)
    throw refusalOf(parse(await response.text()), `The hub answered ${response.status}.`);
  const end: CompletionEnd = { finishReason: 'stop', promptTokens: 0, completionTokens: 0 };
  for await (const event of readEvents(response.body)) {
    if (event === '[DONE]') return end;
    const chunk = parse(event);
    if (chunk.error !== undefined) throw refusalOf(chunk, 'The model failed.');
    const [choice] = chunk.choices ?? [];
    if (choice?.text) yield choice.text;
    end.finishReason = choice?.finish_reason ?? end.finishReason;
    end.promptTokens = chunk.usage?.prompt_tokens ?? end.promptTokens;
    end.completionTokens = chunk.usage?.completion_tokens ?? end.completionTokens;
  }
  throw new CliError('The connection ended before the text did.', {
    code: 'UNREACHABLE',
    hint: 'Try again; banyan deployments list says whether the model is still served.',
  });
}

const refusalOf = ({ error }: Chunk, otherwise: string): CliError =>
  new CliError(error?.message ?? otherwise);

function parse(json: string): Chunk {
  try {
    return JSON.parse(json) as Chunk;
  } catch {
    // Not the hub's own words (a proxy's page, say).
    return {};
  }
}
