/** The peer: Node's own HTTP server, which hashes what it gets (and writes it, at /write; to the disk itself, at /durable), or sends a file while it hashes it. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [file = ''] = process.argv.slice(2);
const highWaterMark = 1 << 20;

function hashing(): { through: Transform; digest: () => string } {
  const hash = createHash('sha256');
  const through = new Transform({
    highWaterMark,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { through, digest: () => hash.digest('hex') };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { through, digest } = hashing();
  if (request.method === 'GET') {
    response.setHeader('content-length', (await stat(file)).size);
    await pipeline(createReadStream(file, { highWaterMark }), through, response);
  } else if (request.url === '/write' || request.url === '/durable') {
    const flush = request.url === '/durable';
    // As the hub does: beside the one of the last time, whose memory in the kernel is not free to be used again before.
    await pipeline(request, through, createWriteStream(`${file}.partial`, { highWaterMark, flush }));
    await rename(`${file}.partial`, `${file}.written`);
    response.end(digest());
  } else {
    const hash = createHash('sha256');
    for await (const chunk of request) hash.update(chunk as Buffer);
    response.end(hash.digest('hex'));
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.destroy(error as Error));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
