import { once } from 'node:events';
import { createServer, globalAgent } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { exchange } from './http.ts';

it('lets go of the connection of a request that is refused before all of it was sent', async () => {
  const server = createServer((request, response) => {
    // As the hub does it: it reads no further, and answers.
    request.once('data', () => {
      request.pause();
      response.writeHead(507, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ defined: true, code: 'DISK_FULL', status: 507, message: 'full' }));
    });
  });
  // The server keeps the connection for as long as the client does.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const refused = exchange({
    method: 'POST',
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    token: 'hf_x',
    body: [Buffer.alloc(64 << 20)],
    signal: new AbortController().signal,
    idleMs: 60_000,
  });
  await expect(refused).rejects.toMatchObject({ code: 'DISK_FULL' });
  await expect.poll(() => Object.keys(globalAgent.sockets)).toEqual([]);
  server.closeAllConnections();
  server.close();
});
