import { setImmediate } from 'node:timers/promises';

/** Longer than this others do not wait. */
const mostMs = 20;

/**
 * For work of many steps that never waits for anything: `await` what this answers after each step, and others are served
 * now and then.
 */
export function takeTurns(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < mostMs) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}
