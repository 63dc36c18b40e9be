import { host } from '#runtime';
import { EngineError, type EngineErrorCode } from '../error.ts';
import type { TensorData } from '../tensor.ts';
import { copyInto, type Feeds, type Session, type SessionOptions } from './session.ts';
import { wasmFiles } from './web.ts';

/** What the thread is asked. */
type Task =
  | { open: { bytes: Uint8Array; options: SessionOptions; files: ReturnType<typeof wasmFiles> } }
  | { run: { feeds: Feeds; names: readonly string[] | undefined } }
  | { close: true };
export type Request = { id: number } & Task;

/** Its answer to each request. */
export type Reply = { id: number } & (
  | { opened: Pick<Session, 'inputs' | 'outputs' | 'runtime'> }
  | { results: Record<string, TensorData> }
  | { closed: true }
  | { failed: { code: EngineErrorCode; message: string } }
);

/**
 * A session in a thread of its own, Node's or a web worker: it never blocks the caller. Feeds are copied to the thread,
 * results are handed over without a copy; results fetched into given tensors are copied there.
 */
export async function openThreadedSession(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const thread = host.startThread();
  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let ended: EngineError | undefined;

  const ask = (task: Task, transfer: ArrayBuffer[] = []): Promise<Reply> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      thread.post({ id, ...task }, transfer);
    });
  const end = (error: EngineError): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };

  thread.onMessage((message) => {
    const reply = message as Reply;
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('failed' in reply) caller?.reject(new EngineError(reply.failed.code, reply.failed.message));
    else caller?.resolve(reply);
  });
  thread.onEnd((cause) =>
    end(new EngineError('runtime', `the session's thread failed: ${String(cause)}`, { cause })),
  );
  const stop = async (): Promise<void> => {
    ended ??= new EngineError('runtime', 'the session is closed');
    await thread.stop();
    end(ended);
  };

  const opened = await ask({ open: { bytes, options, files: wasmFiles() } }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  if (!('opened' in opened)) throw new EngineError('runtime', "the session's thread did not open");
  return {
    ...opened.opened,

    async run(feeds, fetches) {
      const into = fetches === undefined || Array.isArray(fetches) ? undefined : (fetches as Feeds);
      const names = into === undefined ? (fetches as readonly string[] | undefined) : Object.keys(into);
      const own = copyOf(feeds);
      const reply = await ask({ run: { feeds: own, names } }, buffersOf(own));
      const { results } = reply as Extract<Reply, { results: unknown }>;
      for (const [name, target] of Object.entries(into ?? {}))
        copyInto(name, target, results[name] as TensorData);
      return results;
    },

    async close() {
      if (ended !== undefined) return;
      await ask({ close: true });
      await stop();
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
