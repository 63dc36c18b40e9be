/** The thread behind `openThreadedSession`: opens the session it was given and answers one request after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { EngineError } from '../error.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';
import { buffersOf, OPENING, type Reply, type Request } from './session-threaded.ts';

const port = parentPort;
if (port === null) throw new Error('session-thread.ts runs as a worker thread only');
const { bytes, options } = workerData as { bytes: Uint8Array; options: SessionOptions };

const reply = (message: Reply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

function fail(id: number, error: unknown): void {
  const { code, message } = error instanceof EngineError ? error : new EngineError('runtime', String(error));
  reply({ id, failed: { code, message } });
}

async function answer(session: Session, request: Request): Promise<void> {
  try {
    if ('close' in request) {
      await session.close();
      return reply({ id: request.id, closed: true });
    }
    const results = await session.run(request.run.feeds, request.run.names);
    reply({ id: request.id, results }, buffersOf(results));
  } catch (error) {
    fail(request.id, error);
  }
}

const session = await openSession(bytes, options).catch((error: unknown) => fail(OPENING, error));
if (session !== undefined) {
  port.on('message', (request: Request) => void answer(session, request));
  const { inputs, outputs } = session;
  reply({ id: OPENING, opened: { inputs, outputs } });
}
