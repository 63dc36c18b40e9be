import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeStream } from './disk-writer.ts';
import { eachPiece } from './pieces.ts';
import { RequestBody, release } from './request-body.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'banyan-body-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A server that answers what `take` makes of a body: 200, or 400 with the message when it throws. */
async function serve<T>(take: (body: RequestBody, request: IncomingMessage) => Promise<T>) {
  const results: Promise<T>[] = [];
  const server: Server = createServer((incoming, response) => {
    const result = take(new RequestBody(incoming), incoming);
    results.push(result);
    result.then(
      (value) => response.end(String(value)),
      (error: unknown) => response.writeHead(400).end((error as Error).message),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    results,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function put(port: number, bytes: Buffer): Promise<[number, string]> {
  const sending = request({ port, host: '127.0.0.1', method: 'PUT' });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  sending.on('error', () => {});
  sending.end(bytes);
  const [response] = await answered;
  let text = '';
  for await (const piece of response) text += String(piece);
  return [response.statusCode ?? 0, text];
}

it('hands on every byte, also to a slow reader, and is written as it came', async () => {
  const file = join(folder, 'written');
  await using server = await serve(async (body) => {
    const hash = createHash('sha256');
    await sleep(50);
    const see = (piece: Buffer): undefined => void hash.update(piece);
    await writeStream(body, file, { flags: 'w', start: 0, durable: true }, { see });
    return hash.digest('hex');
  });
  for (const sizeBytes of [0, 1, 70_000, 50_000_001]) {
    const bytes = randomBytes(sizeBytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await put(server.port, bytes)).toEqual([200, sha256]);
    expect((await readFile(file)).equals(bytes)).toBe(true);
  }
});

it('gives back the memory of pieces that were written, of requests alone', async () => {
  await using server = await serve(async (body) => {
    let large = 0;
    await eachPiece(body, (piece) => {
      const before = piece.length;
      release(body, [piece]);
      if (before > 32_000 && piece.length === 0) large += 1;
      return undefined;
    });
    return large > 0;
  });
  expect(await put(server.port, randomBytes(5_000_000))).toEqual([200, 'true']);
  const mine = randomBytes(1 << 20);
  const kept = Buffer.from(mine);
  const to = { flags: 'w', start: 0, durable: false } as const;
  await writeStream(Readable.from([mine]), join(folder, 'mine'), to, { see: () => undefined });
  expect(mine.equals(kept)).toBe(true);
});

it('keeps a few MiB in memory, however slowly they are taken', async () => {
  let gathered = 0;
  await using server = await serve(async (body, incoming) => {
    let first = true;
    await eachPiece(body, () => {
      if (!first) return undefined;
      first = false;
      return sleep(500).then(() => {
        gathered = body.readableLength + incoming.readableLength;
      });
    });
    return 'done';
  });
  expect(await put(server.port, Buffer.alloc(64 << 20))).toEqual([200, 'done']);
  expect(gathered).toBeGreaterThan(0);
  expect(gathered).toBeLessThan(4 << 20);
});

it('leaves the request open to whoever stops half-way: the client hears why', async () => {
  await using server = await serve((body) => {
    let sizeBytes = 0;
    return eachPiece(body, (piece) => {
      sizeBytes += piece.length;
      if (sizeBytes > 1_000_000) throw new Error('too much of it');
      return undefined;
    });
  });
  expect(await put(server.port, Buffer.alloc(20 << 20))).toEqual([400, 'too much of it']);
});

it('lets a connection go on after a body that was refused half-way', async () => {
  await using server = await serve((body) =>
    eachPiece(body, (piece) => {
      if (piece[0] === 1) throw new Error('not this');
      return undefined;
    }),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const first of [1, 0, 1, 0]) {
    const sending = request({ port: server.port, host: '127.0.0.1', method: 'PUT', agent });
    sending.end(Buffer.alloc(3 << 20, first));
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(first === 1 ? 400 : 200);
    await buffer(response);
  }
  agent.destroy();
});

it.each([
  ['while it is read', 0],
  ['before it is read', 300],
])('fails when the client leaves %s', async (_when, waitMs) => {
  await using server = await serve(async (body) => {
    await sleep(waitMs);
    return eachPiece(body, () => undefined);
  });
  const client = connect(server.port, '127.0.0.1');
  client.write('PUT / HTTP/1.1\r\nhost: here\r\ncontent-length: 100000\r\n\r\nhalf of it');
  await expect.poll(() => server.results.length).toBe(1);
  await sleep(50);
  client.destroy();
  await expect(server.results[0]).rejects.toThrow(/aborted|[Pp]remature/);
});
