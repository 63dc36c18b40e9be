/** The thread behind `openThreadedSession` in Node. */
import { parentPort } from 'node:worker_threads';
import { serveSession } from './session-thread.ts';

const port = parentPort;
if (port === null) throw new Error('node-thread.ts runs as a worker thread only');
serveSession({
  post: (message, transfer) => port.postMessage(message, transfer),
  onMessage: (listen) => void port.on('message', listen),
});
