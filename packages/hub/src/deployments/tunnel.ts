import { randomUUID } from 'node:crypto';
import { HubError, type Json, type ToHub, type ToWorker, toHub } from '@banyan/contract';
import { type RawData, WebSocket } from 'ws';

/** A connection to a worker that serves one deployment. */
export interface Tunnel {
  /** Sends one request; parts come as they are made, the return value is the answer's end. */
  ask(request: Question, signal: AbortSignal): AsyncGenerator<Json, Json | undefined>;
  /** Refuses all that waits, and closes. */
  close(why: string): void;
  readonly open: boolean;
}

/** A frame to the worker, without the number that the tunnel gives it. */
export type Question = ToWorker extends infer F
  ? F extends { type: 'cancel' }
    ? never
    : F extends { request: string }
      ? Omit<F, 'request'>
      : never
  : never;

/** A worker that says nothing for so long about a request has lost it. */
const silenceMs = 120_000;
const atOnce = 256;
/** Bytes waiting for a slow worker, beyond which new requests are refused. */
const backlogBytes = 64 << 20;
const pingMs = 15_000;

const asleep = (): void => undefined;

type Frame = Exclude<ToHub, { type: 'hello' }>;

const refusals = {
  input: 'BAD_INPUT',
  'not-generative': 'BAD_INPUT',
  busy: 'UNAVAILABLE',
  internal: 'UPSTREAM',
} as const;

/** Speaks the protocol of contract/tunnel.ts over a socket whose worker has said hello. */
export function openTunnel(socket: WebSocket): Tunnel {
  const waiting = new Map<string, (frame: Frame | HubError) => void>();
  const send = (frame: ToWorker): void => socket.send(JSON.stringify(frame));

  socket.on('message', (data) => {
    const frame = readFrame(data);
    if (!frame || frame.type === 'hello') return socket.close(1008, 'not a frame of this protocol');
    waiting.get(frame.request)?.(frame);
  });
  let heard = true;
  socket.on('pong', () => {
    heard = true;
  });
  const pulse = setInterval(() => {
    if (!heard) return socket.terminate();
    heard = false;
    socket.ping();
  }, pingMs);
  socket.on('close', () => {
    clearInterval(pulse);
    const lost = new HubError(
      'UPSTREAM',
      'The worker that serves this model has gone. Another one takes over: retry in a moment.',
    );
    for (const tell of waiting.values()) tell(lost);
  });

  return {
    get open() {
      return socket.readyState === WebSocket.OPEN;
    },
    close: (why) => socket.close(1000, why),
    async *ask(question, signal) {
      if (socket.readyState !== WebSocket.OPEN)
        throw new HubError('UNAVAILABLE', 'The model is starting. Retry in a moment.');
      if (waiting.size >= atOnce || socket.bufferedAmount > backlogBytes)
        throw new HubError('UNAVAILABLE', 'The model has more requests than it can take. Retry in a moment.');
      signal.throwIfAborted();
      const request = randomUUID();
      const inbox: (Frame | HubError)[] = [];
      let wake = asleep;
      const onAbort = (): void => wake();
      waiting.set(request, (frame) => {
        inbox.push(frame);
        wake();
      });
      signal.addEventListener('abort', onAbort);
      let ended = false;
      try {
        send({ ...question, request });
        for (;;) {
          const frame = inbox.shift();
          signal.throwIfAborted();
          if (frame instanceof HubError) throw frame;
          if (frame?.type === 'part') yield frame.body;
          else if (frame) {
            ended = true;
            if (frame.type === 'end') return frame.body;
            throw new HubError(refusals[frame.code], frame.message);
          } else {
            const heardInTime = await next(silenceMs, (resolve) => {
              wake = resolve;
            });
            if (!heardInTime)
              throw new HubError('UPSTREAM', `The model did not answer within ${silenceMs / 1000} s.`);
          }
        }
      } finally {
        waiting.delete(request);
        signal.removeEventListener('abort', onAbort);
        // Whoever asked has gone, or gave up: the worker need not go on.
        if (!ended && socket.readyState === WebSocket.OPEN) send({ type: 'cancel', request });
      }
    },
  };
}

/** Waits to be woken; false when nobody did so in time. */
function next(timeoutMs: number, onWait: (wake: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs);
    onWait(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/** A frame of the worker; undefined for anything else. */
export function readFrame(data: RawData): ToHub | undefined {
  if (!Buffer.isBuffer(data)) return undefined;
  try {
    return toHub.safeParse(JSON.parse(data.toString())).data;
  } catch {
    return undefined;
  }
}
