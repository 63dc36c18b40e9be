/** Reads a piece of a delimited file in a thread of its own; see `scanCsv`. */
import { parentPort, workerData } from 'node:worker_threads';
import { DataError } from '../error.ts';
import type { FromThread } from './csv-pieces.ts';
import { type PieceTask, scanPiece } from './csv-scan.ts';

const port = parentPort;
if (port === null) throw new Error('csv-thread.ts runs as a worker thread only');
const say = (message: FromThread): void => port.postMessage(message);

try {
  const piece = await scanPiece(workerData as PieceTask, { onRead: (read) => say({ read }) });
  say({ piece });
} catch (error) {
  if (!(error instanceof DataError)) throw error;
  say('refused');
}
