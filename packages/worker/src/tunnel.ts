import { setTimeout as sleep } from 'node:timers/promises';
import { type ToHub, type ToWorker, toWorker } from '@banyan/contract';
import { type Example, type InferRequest, type ServedModel, ServingError } from '@banyan/serving';
import type { Assignment } from './assignment.ts';
import { backoffMs } from './retry.ts';
import { toJson } from './to-json.ts';

type Send = (frame: ToHub) => void;

/**
 * Answers the gateway's requests over a WebSocket this worker dials, and dials again when it breaks, until the signal
 * aborts. A request that was on the way when it broke is the gateway's to refuse.
 */
export async function serveTunnel(
  model: ServedModel,
  tunnel: Assignment['tunnel'],
  onNote: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    const opened = await serveOnce(model, tunnel, signal);
    if (signal.aborted) return;
    if (opened) {
      failures = 0;
      onNote('the connection to the hub broke; dialling again');
    }
    await sleep(backoffMs(failures), undefined, { signal }).catch(() => undefined);
  }
}

/** One connection, until it closes; answers whether it ever opened. */
function serveOnce(
  model: ServedModel,
  { url, job, token, leaseToken }: Assignment['tunnel'],
  signal: AbortSignal,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/jobs/${job}/tunnel`);
  const requests = new Map<string, AbortController>();
  let opened = false;
  const send: Send = (frame) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const leave = (): void => socket.close(1000, 'stopped');
  signal.addEventListener('abort', leave, { once: true });

  socket.addEventListener('open', () => {
    opened = true;
    const { manifest } = model;
    send({
      type: 'hello',
      token,
      leaseToken,
      model: { manifest: toJson(manifest), metadata: toJson(model.metadata()) },
    });
  });
  socket.addEventListener('message', ({ data }) => {
    const frame = toWorker.safeParse(parse(String(data)));
    if (!frame.success) return;
    const { request, type } = frame.data;
    if (type === 'cancel') return requests.get(request)?.abort();
    const stop = new AbortController();
    requests.set(request, stop);
    void answer(model, frame.data, send, stop.signal).finally(() => requests.delete(request));
  });
  // An error is always followed by close.
  socket.addEventListener('error', () => {});
  socket.addEventListener('close', () => {
    signal.removeEventListener('abort', leave);
    for (const stop of requests.values()) stop.abort();
    resolve(opened);
  });
  return promise;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answer(
  model: ServedModel,
  frame: Exclude<ToWorker, { type: 'cancel' }>,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  const { request } = frame;
  try {
    if (frame.type === 'predict') {
      const predictions = await model.predict(frame.rows as Example[]);
      send({ type: 'end', request, body: toJson(predictions) });
    } else if (frame.type === 'infer') {
      const response = await model.infer(frame.body as object as InferRequest);
      send({ type: 'end', request, body: toJson(response) });
    } else await generate(model, frame, send, signal);
  } catch (error) {
    // Whoever asked has gone.
    if (signal.aborted) return;
    send({ type: 'error', request, code: codeOf(error), message: messageOf(error) });
  }
}

async function generate(
  model: ServedModel,
  { request, options: { prompt, ...options } }: Extract<ToWorker, { type: 'generate' }>,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  const pieces = model.generate(prompt, { ...options, signal });
  for (;;) {
    const next = await pieces.next();
    if (next.done) return send({ type: 'end', request, body: toJson(next.value) });
    if (next.value.text !== '') send({ type: 'part', request, body: { text: next.value.text } });
  }
}

function codeOf(error: unknown): Extract<ToHub, { type: 'error' }>['code'] {
  if (!(error instanceof ServingError)) return 'internal';
  switch (error.code) {
    case 'busy':
    case 'not-generative':
      return error.code;
    case 'input':
    case 'missing-column':
    case 'unknown-column':
    case 'not-predictive':
      return 'input';
    default:
      return 'internal';
  }
}

/** A ServingError's message was written for the caller; anything else stays here. */
const messageOf = (error: unknown): string =>
  error instanceof ServingError ? error.message : 'The model failed to answer.';
