import { refuse } from '@banyan/contract';
import { z } from 'zod';
import { hubUrl } from './api.ts';
import { readEventData } from './event-stream.ts';

const part = z.object({ choices: z.array(z.object({ text: z.string().default('') })).default([]) });

export interface CompletionOptions {
  model: string;
  prompt: string;
  maxTokens: number;
  temperature: number;
  seed?: number;
  signal: AbortSignal;
}

/** Streams a text model's continuation of `prompt` through the OpenAI-compatible door. */
export async function* streamCompletion(options: CompletionOptions): AsyncGenerator<string> {
  const { model, prompt, maxTokens, temperature, seed, signal } = options;
  const response = await fetch(`${hubUrl}/v1/completions`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      prompt,
      max_tokens: maxTokens,
      temperature,
      stream: true,
      ...(seed === undefined ? {} : { seed }),
    }),
    signal,
  });
  if (!response.ok) throw await openaiRefusal(response);
  if (response.body === null) return;
  for await (const data of readEventData(response.body))
    for (const choice of part.parse(JSON.parse(data)).choices) yield choice.text;
}

/** That door refuses as OpenAI does, `{ error: { message } }`; any other body is told like the hub's own refusals. */
async function openaiRefusal(response: Response): Promise<Error> {
  const copy = response.clone();
  const body = z
    .object({ error: z.object({ message: z.string() }) })
    .safeParse(await response.json().catch(() => undefined));
  if (body.success) return new Error(body.data.error.message);
  return refuse(copy).then(
    () => new Error(`The hub answered ${copy.status}.`),
    (refusal: Error) => refusal,
  );
}
