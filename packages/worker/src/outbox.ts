import type { LogLine, Point } from '@banyan/contract';
import type { Crew, Lease } from './crew.ts';
import { uploadBytes } from './outputs.ts';
import { persist } from './retry.ts';

/** What a running job tells the hub as it goes, sent in order from the main thread. */
export interface Outbox {
  points(points: readonly Point[]): void;
  log(level: LogLine['level'], message: string): void;
  /** Replaces a checkpoint that still waits: only the newest is worth its upload. */
  checkpoint(step: number, bytes: Uint8Array<ArrayBuffer>): void;
  /** Waits until all is sent; throws the first refusal. */
  flush(): Promise<void>;
  end(): void;
}

const everyMs = 500;
const pointsPerCall = 5000;
const linesPerCall = 500;

/** `onRefused` is told when the hub refuses what was sent in between, as it does when the lease is lost. */
export function openOutbox(
  crew: Crew,
  lease: Lease,
  signal: AbortSignal,
  onRefused: (error: unknown) => void,
): Outbox {
  const points: Point[] = [];
  const lines: LogLine[] = [];
  let newest: { step: number; bytes: Uint8Array<ArrayBuffer> } | undefined;
  let sending = Promise.resolve();
  const leased = { id: lease.id, leaseToken: lease.leaseToken };
  const log: Outbox['log'] = (level, message) =>
    void lines.push({ at: new Date().toISOString(), level, message: message.slice(0, 4000) });
  const send = (call: () => Promise<unknown>) => persist(call, { signal });

  async function sendAll(): Promise<void> {
    for (;;) {
      // A checkpoint goes after the points before it, or a resume would leave a gap in the curves.
      const checkpoint = newest;
      newest = undefined;
      while (points.length > 0) {
        const batch = points.splice(0, pointsPerCall);
        await send(() => crew.hub.worker.points({ ...leased, points: batch }));
      }
      while (lines.length > 0) {
        const batch = lines.splice(0, linesPerCall);
        await send(() => crew.hub.worker.log({ ...leased, lines: batch }));
      }
      if (checkpoint === undefined) return;
      const sha256 = await uploadBytes(crew, lease, checkpoint.bytes, signal);
      await send(() => crew.hub.worker.checkpoint({ ...leased, step: checkpoint.step, sha256 }));
      log('info', `Checkpoint at step ${checkpoint.step}.`);
    }
  }

  // One after the other, so that the order of things is kept. A failure is told to the flush that met it, not to the next.
  const flush = (): Promise<void> => {
    sending = sending.catch(() => undefined).then(sendAll);
    return sending;
  };
  let idle = true;
  const timer = setInterval(() => {
    if (!idle) return;
    idle = false;
    void flush()
      .catch(onRefused)
      .finally(() => {
        idle = true;
      });
  }, everyMs);

  return {
    points: (more) => void points.push(...more),
    log,
    checkpoint(step, bytes) {
      newest = { step, bytes };
    },
    flush,
    end: () => clearInterval(timer),
  };
}
