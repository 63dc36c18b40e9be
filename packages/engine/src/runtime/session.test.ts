import { describe, expect, test } from 'vitest';
import { conformance, type Open } from './conformance.ts';
import type { Provider } from './host.ts';
import { openSession } from './session.ts';
import { openThreadedSession } from './session-threaded.ts';

const withProvider =
  (open: Open, provider: Provider, threads: number): Open =>
  (bytes, options) =>
    open(bytes, { ...options, provider, threads });

/** In Chromium: `e2e/browser-training.test.ts`. */
describe.each<[string, Open]>([
  ['native', withProvider(openSession, 'native', 1)],
  ['native, two kernel threads', withProvider(openSession, 'native', 2)],
  ['native, in a thread', withProvider(openThreadedSession, 'native', 1)],
  ['wasm', withProvider(openSession, 'wasm', 1)],
  ['wasm, two kernel threads, in a thread', withProvider(openThreadedSession, 'wasm', 2)],
])('a session on %s', (_, open) => {
  test.each(Object.entries(conformance))('%s', (_, check) => check(open));
});

test('what a place does not have is refused in words', async () => {
  await expect(openSession(new Uint8Array(), { provider: 'webgpu' })).rejects.toThrow(
    'WebGPU is in browsers only; Node has native and wasm',
  );
  // The conformance suite above started this thread's WebAssembly runtime with one kernel thread.
  await expect(openSession(new Uint8Array(), { provider: 'wasm', threads: 2 })).rejects.toThrow(
    /was started with 1 kernel threads and cannot have 2: .*openThreadedSession/,
  );
});
