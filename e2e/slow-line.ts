import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A line between a client and the hub that is slow, counts what goes up, and can be cut. */
export interface SlowLine {
  url: string;
  port: number;
  /** Bytes that went up to the hub so far, headers included. */
  sentBytes: () => number;
  /** Breaks what is connected, and refuses what would connect, until `mend`. */
  cut: () => void;
  /** What each connection gets for its answers from now on. */
  slowAnswers: (bytesPerSecond: number) => void;
  mend: () => void;
  close: () => Promise<void>;
}

/** `bytesPerSecond` is what each connection gets for what it sends; answers come as fast as they can. */
export async function openSlowLine(hubPort: () => number, bytesPerSecond: number): Promise<SlowLine> {
  const sockets = new Set<Socket>();
  let sent = 0;
  let whole = true;
  let answerSpeed = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    if (!whole) {
      client.destroy();
      return;
    }
    const hub = connect(hubPort(), '127.0.0.1');
    for (const [one, other] of [
      [client, hub],
      [hub, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    void carry(client, hub, (piece) => {
      sent += piece.length;
      return bytesPerSecond;
    });
    void carry(hub, client, () => answerSpeed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    sentBytes: () => sent,
    cut() {
      whole = false;
      for (const socket of sockets) socket.destroy();
    },
    slowAnswers(speed) {
      answerSpeed = speed;
    },
    mend() {
      whole = true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function carry(from: Socket, to: Socket, speedOf: (piece: Buffer) => number): Promise<void> {
  try {
    for await (const piece of from as AsyncIterable<Buffer>) {
      const pauseMs = (piece.length / speedOf(piece)) * 1000;
      if (!to.write(piece)) await once(to, 'drain');
      if (pauseMs > 0) await sleep(pauseMs);
    }
    to.end();
  } catch {
    to.destroy();
  }
}
