import { z } from 'zod';
import { json } from './names.ts';

/**
 * Frames of the WebSocket between the hub's gateway and a worker that serves a model. The worker dials out and says
 * `hello` with its lease; then the hub sends requests and the worker answers each with parts and one `end` or `error`.
 */
export const toHub = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    token: z.string(),
    leaseToken: z.string(),
    model: z.object({ manifest: json, metadata: json }),
  }),
  z.object({ type: z.literal('part'), request: z.string(), body: json }),
  z.object({ type: z.literal('end'), request: z.string(), body: json.optional() }),
  z.object({
    type: z.literal('error'),
    request: z.string(),
    code: z.enum(['input', 'busy', 'not-generative', 'internal']),
    message: z.string(),
  }),
]);
export type ToHub = z.infer<typeof toHub>;

export const generateOptions = z.object({
  prompt: z.string().max(200_000),
  maxTokens: z.number().int().min(1).max(8192),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().gt(0).max(1).optional(),
  topK: z.number().int().min(1).max(1000).optional(),
  seed: z.number().int().optional(),
  stop: z.array(z.string().min(1).max(100)).max(8).optional(),
});
export type GenerateOptions = z.infer<typeof generateOptions>;

/** `predict` and `infer` answer with one `end`; `generate` with parts `{ text }`, then `end` `{ finishReason, promptTokens, completionTokens }`. */
export const toWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('predict'), request: z.string(), rows: z.array(json).min(1).max(10_000) }),
  z.object({ type: z.literal('infer'), request: z.string(), body: json }),
  z.object({ type: z.literal('generate'), request: z.string(), options: generateOptions }),
  z.object({ type: z.literal('cancel'), request: z.string() }),
]);
export type ToWorker = z.infer<typeof toWorker>;
