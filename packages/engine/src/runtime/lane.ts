import type { Provider } from './host.ts';
import type { SessionOptions } from './session.ts';

/**
 * Which arithmetic a training uses. `native` is the fastest there is, and gives the same bits on the same machine with the
 * same number of threads. `deterministic` is ONNX Runtime's WebAssembly build on one thread, in Node or in a tab: its
 * instructions round alike everywhere, so that every machine gets the same bits, several times slower.
 */
export type Lane = 'native' | 'deterministic';

/**
 * What sessions of a lane run on. The deterministic lane has one thread, whatever number is asked for.
 *
 * @throws RangeError for a provider that the deterministic lane does not use
 */
export function sessionsIn(
  lane: Lane,
  { provider, threads }: { provider?: Provider | undefined; threads?: number | undefined },
): Pick<SessionOptions, 'provider' | 'threads'> {
  if (lane === 'deterministic') {
    if (provider !== undefined && provider !== 'wasm')
      throw new RangeError(`the deterministic lane runs on wasm, not on ${provider}`);
    return { provider: 'wasm', threads: 1 };
  }
  return {
    ...(provider === undefined ? {} : { provider }),
    ...(threads === undefined ? {} : { threads }),
  };
}
