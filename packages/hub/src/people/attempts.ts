/** Sign-ins that failed or are still being looked at, counted by key (an address, a name) in this process. */
export interface Attempts {
  /**
   * Counts an attempt before it is looked at, so that many at once are not all let in; answers undefined, or, once `limit`
   * were counted of late, for how many milliseconds there is no other.
   */
  begin(key: string, limit: number): number | undefined;
  /** An attempt that was counted has succeeded. */
  takeBack(key: string): void;
  forget(key: string): void;
}

/** Keys live for `windowMs` from their first attempt; at most `keys` are kept, of which the oldest go first. */
export function createAttempts({ windowMs, keys = 10_000 }: { windowMs: number; keys?: number }): Attempts {
  // In the order of their first attempts.
  const counted = new Map<string, { count: number; until: number }>();
  return {
    begin(key, limit) {
      const now = Date.now();
      const entry = counted.get(key);
      if (entry && entry.until > now) {
        if (entry.count >= limit) return entry.until - now;
        entry.count += 1;
        return undefined;
      }
      counted.delete(key);
      counted.set(key, { count: 1, until: now + windowMs });
      // An attacker's made-up names must not fill the memory.
      for (const [oldest] of counted) {
        if (counted.size <= keys) break;
        counted.delete(oldest);
      }
      return undefined;
    },
    takeBack(key) {
      const entry = counted.get(key);
      if (entry && entry.count > 0) entry.count -= 1;
    },
    forget: (key) => void counted.delete(key),
  };
}
