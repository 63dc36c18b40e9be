/** The web worker behind `openThreadedSession` in a browser. */
import { serveSession } from './session-thread.ts';

serveSession({
  post: (message, transfer) => self.postMessage(message, { transfer }),
  onMessage: (listen) =>
    self.addEventListener('message', (event: MessageEvent<unknown>) => listen(event.data)),
});
