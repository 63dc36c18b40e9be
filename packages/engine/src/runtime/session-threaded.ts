import { Worker } from 'node:worker_threads';
import { EngineError, type EngineErrorCode } from '../error.ts';
import type { TensorData } from '../tensor.ts';
import type { Feeds, Session, SessionOptions, SessionValue } from './session.ts';

/** What the thread is asked. */
type Task = { run: { feeds: Feeds; names: readonly string[] | undefined } } | { close: true };
export type Request = { id: number } & Task;

/** What it says: first that it is open, then an answer to each request. */
export type Reply = { id: number } & (
  | { opened: { inputs: readonly SessionValue[]; outputs: readonly SessionValue[] } }
  | { results: Record<string, TensorData> }
  | { closed: true }
  | { failed: { code: EngineErrorCode; message: string } }
);

/** The first reply, which nobody asked for, has this id. */
export const OPENING = 0;

/**
 * A session in a thread of its own: it never blocks the caller. Feeds are copied to the thread, results are handed over
 * without a copy; results fetched into given tensors are copied there.
 */
export async function openThreadedSession(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const worker = new Worker(new URL('./session-thread.ts', import.meta.url), {
    workerData: { bytes, options },
  });
  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  let lastId = OPENING;
  let ended: EngineError | undefined;

  const answer = (id: number): Promise<Reply> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) reject(ended);
      else waiting.set(id, { resolve, reject });
    });
  const ask = (task: Task, transfer: ArrayBuffer[] = []): Promise<Reply> => {
    const id = ++lastId;
    const reply = answer(id);
    worker.postMessage({ id, ...task }, transfer);
    return reply;
  };
  const end = (error: EngineError): void => {
    ended = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  worker.on('message', (reply: Reply) => {
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('failed' in reply) caller?.reject(new EngineError(reply.failed.code, reply.failed.message));
    else caller?.resolve(reply);
  });
  worker.on('error', (cause) =>
    end(new EngineError('runtime', `the session's thread failed: ${String(cause)}`, { cause })),
  );
  worker.on('exit', () => end(new EngineError('runtime', 'the session is closed')));

  const opened = await answer(OPENING);
  if (!('opened' in opened)) throw new EngineError('runtime', "the session's thread did not open");
  return {
    ...opened.opened,

    async run(feeds, fetches) {
      const into = fetches === undefined || Array.isArray(fetches) ? undefined : (fetches as Feeds);
      const names = into === undefined ? (fetches as readonly string[] | undefined) : Object.keys(into);
      const own = copyOf(feeds);
      const reply = await ask({ run: { feeds: own, names } }, buffersOf(own));
      const { results } = reply as Extract<Reply, { results: unknown }>;
      for (const [name, target] of Object.entries(into ?? {})) copyInto(target, results[name] as TensorData);
      return results;
    },

    async close() {
      if (ended !== undefined) return;
      await ask({ close: true });
      await worker.terminate();
    },
  };
}

/** Copies to hand over: cloning a view would clone the whole buffer behind it. */
const copyOf = (values: Feeds): Record<string, TensorData> =>
  Object.fromEntries(
    Object.entries(values).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: data.slice() },
    ]),
  );

/** Each buffer once, to be transferred; strings are cloned. */
export function buffersOf(values: Feeds): ArrayBuffer[] {
  const buffers = Object.values(values).flatMap(({ data }) =>
    Array.isArray(data) ? [] : [data.buffer as ArrayBuffer],
  );
  return [...new Set(buffers)];
}

function copyInto(target: TensorData, source: TensorData): void {
  if (Array.isArray(target.data)) target.data.splice(0, target.data.length, ...(source.data as string[]));
  else (target.data as Float32Array).set(source.data as Float32Array);
}
