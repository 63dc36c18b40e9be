import { EventEmitter } from 'node:events';
import { sql } from 'drizzle-orm';
import { Client, type ClientConfig } from 'pg';
import type { Logger } from 'pino';
import type { Database, Queries } from './db/connection.ts';

/** What can happen, and the ids (never the content: NOTIFY carries at most 8,000 bytes) that listeners need. */
export interface HubEvent {
  topic: 'job.queued' | 'job.changed' | 'run.changed' | 'run.points' | 'run.logs' | 'deployment.changed';
  /** The id of the job, run or deployment. */
  id: string;
}

export interface Events {
  /** Tells every hub process on this database; within a transaction, when and only when it commits. */
  publish(tx: Queries, event: HubEvent): Promise<void>;
  /** Calls back on each event of a topic (of one id, if given) until the returned function is called. */
  subscribe(
    topic: HubEvent['topic'],
    id: string | undefined,
    listener: (event: HubEvent) => void,
  ): () => void;
  /** Resolves at the next such event, after `timeoutMs`, or when the signal aborts: whichever is first. */
  wait(
    topic: HubEvent['topic'],
    id: string | undefined,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<void>;
  close(): Promise<void>;
}

const channel = 'banyan';
/** Told to all listeners after a lost connection: something may have happened meanwhile, look again. */
const wake = Symbol('wake');

/** Listens on the database, so that long polls and live pages wake whichever hub process did the deed. */
export async function openEvents(db: Database, connection: ClientConfig, log: Logger): Promise<Events> {
  const emitter = new EventEmitter().setMaxListeners(0);
  const closing = new AbortController();
  let client = await listen();

  async function listen(): Promise<Client> {
    const fresh = new Client({ ...connection, application_name: 'banyan-events', keepAlive: true });
    fresh.on('error', (error) => log.warn({ error: error.message }, 'event connection lost'));
    fresh.on('notification', ({ payload }) => {
      if (payload === undefined) return;
      const event = JSON.parse(payload) as HubEvent;
      emitter.emit(event.topic, event);
    });
    await fresh.connect();
    await fresh.query(`LISTEN ${channel}`);
    fresh.on('end', () => void reconnect());
    return fresh;
  }

  async function reconnect(): Promise<void> {
    for (let delayMs = 100; !closing.signal.aborted; delayMs = Math.min(delayMs * 2, 5000)) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (closing.signal.aborted) return;
      try {
        client = await listen();
        emitter.emit(wake);
        return;
      } catch (error) {
        log.warn({ error: String(error) }, 'events: the database does not answer, trying again');
      }
    }
  }

  const subscribe: Events['subscribe'] = (topic, id, listener) => {
    const onEvent = (event: HubEvent) => {
      if (id === undefined || event.id === id) listener(event);
    };
    const onWake = () => listener({ topic, id: id ?? '' });
    emitter.on(topic, onEvent).on(wake, onWake);
    return () => void emitter.off(topic, onEvent).off(wake, onWake);
  };

  return {
    subscribe,
    async publish(tx, event) {
      await tx.execute(sql`select pg_notify(${channel}, ${JSON.stringify(event)})`);
    },
    wait(topic, id, timeoutMs, signal) {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          unsubscribe();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        const unsubscribe = subscribe(topic, id, done);
        signal?.addEventListener('abort', done, { once: true });
        if (signal?.aborted || closing.signal.aborted) done();
      });
    },
    async close() {
      closing.abort();
      emitter.emit(wake);
      await client.end();
    },
  };
}
