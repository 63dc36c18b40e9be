import { EngineError } from '../error.ts';
import type { Owner } from './host.ts';
import { openSession, type Session } from './session.ts';
import { buffersOf, type Reply, type Request } from './session-threaded.ts';
import { configureWasm } from './web.ts';

/** The other side of `openThreadedSession`: opens the session it is told to and answers one request after another. */
export function serveSession(owner: Owner): void {
  let opening: Promise<Session> | undefined;

  const reply = (message: Reply, transfer: ArrayBuffer[] = []): void => owner.post(message, transfer);

  async function answer(request: Request): Promise<void> {
    const { id } = request;
    try {
      if ('open' in request) {
        const { bytes, options, files } = request.open;
        configureWasm(files);
        opening = openSession(bytes, options);
        const { inputs, outputs, runtime } = await opening;
        return reply({ id, opened: { inputs, outputs, runtime } });
      }
      const session = await opening;
      if (session === undefined) throw new EngineError('runtime', 'the session is not open');
      if ('close' in request) {
        await session.close();
        return reply({ id, closed: true });
      }
      const results = await session.run(request.run.feeds, request.run.names);
      reply({ id, results }, buffersOf(results));
    } catch (error) {
      const { code, message } =
        error instanceof EngineError ? error : new EngineError('runtime', String(error));
      reply({ id, failed: { code, message } });
    }
  }

  owner.onMessage((message) => void answer(message as Request));
}
