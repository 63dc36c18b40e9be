import { HubError } from '@banyan/contract';

/** Failed sign-ins, counted by address and name, in this process. */
export interface Attempts {
  /** Throws TOO_MANY when this key failed too often of late. */
  check(key: string): void;
  fail(key: string): void;
  forget(key: string): void;
}

/** After `limit` failures a key is refused until `windowMs` have passed since the first of them. */
export function createAttempts({ limit, windowMs }: { limit: number; windowMs: number }): Attempts {
  const failures = new Map<string, { count: number; until: number }>();
  const current = (key: string) => {
    const entry = failures.get(key);
    return entry && entry.until > Date.now() ? entry : undefined;
  };
  return {
    check(key) {
      const entry = current(key);
      if (!entry || entry.count < limit) return;
      const minutes = Math.ceil((entry.until - Date.now()) / 60_000);
      throw new HubError('TOO_MANY', `Too many failed attempts. Try again in ${minutes} min.`);
    },
    fail(key) {
      // Old entries leave when the map has grown: an attacker's made-up names must not fill the memory.
      if (failures.size > 10_000) {
        const now = Date.now();
        for (const [old, { until }] of failures) if (until <= now) failures.delete(old);
        if (failures.size > 10_000) failures.clear();
      }
      const entry = current(key);
      if (entry) entry.count += 1;
      else failures.set(key, { count: 1, until: Date.now() + windowMs });
    },
    forget: (key) => void failures.delete(key),
  };
}
