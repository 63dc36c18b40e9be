import { AlgorithmError } from '../algorithm.ts';
import type { Loader } from './batch-maker.ts';

/** In a browser training already has a worker of its own, and makes its batches there. */
export function openThreadedLoader(): Loader {
  throw new AlgorithmError(
    'config',
    "a browser makes batches where it trains: leave loadIn 'thread' to Node",
  );
}
