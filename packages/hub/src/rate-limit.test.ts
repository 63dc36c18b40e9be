/** Bursts of real requests: who makes them is held back and told when to come again, nobody else is. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { push } from './testing/flow.ts';
import { startTestHub, type TestHub, type TestPerson } from './testing.ts';

let hub: TestHub;
let ann: TestPerson;
beforeAll(async () => {
  hub = await startTestHub();
  ann = await hub.person({ username: 'ann' });
  await push(hub, ann, 'ann/data', { 'a.txt': 'a' });
});
// The hub runs in this process: its clock stands still, so that a burst is one on a slow machine too.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }));
afterEach(() => void vi.useRealTimers());
afterAll(() => hub.stop());

/** A request as a proxy on this machine passes it on. */
const ask = (path: string, from: string, init: RequestInit = {}) =>
  fetch(hub.url + path, {
    ...init,
    headers: {
      'x-forwarded-for': from,
      authorization: `Bearer ${ann.token}`,
      ...(init.body !== undefined && { 'content-type': 'application/json' }),
    },
  });

/** Makes a number of requests, so many at once; counts the statuses of the answers, and gives the last one. */
async function burst(count: number, make: () => Promise<Response>) {
  const statuses: Record<number, number> = {};
  let left = count;
  let last: Response | undefined;
  const lane = async () => {
    while (left-- > 0) {
      const response = await make();
      await response.arrayBuffer();
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
      if (response.status === 429) last = response;
    }
  };
  await Promise.all(Array.from({ length: 40 }, lane));
  return { statuses, last };
}

const passTime = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

/** Of which 6,000 are let in. BANYAN_TEST_BURST=10000 for more. */
const requests = Number(process.env['BANYAN_TEST_BURST'] ?? 6500);

it('answers 6,000 requests a minute from one address, and tells it when to come again after that', async () => {
  const list = '/api/v1/repositories?limit=1';
  // One client has a whole IPv6 network of 64 bits.
  let host = 0;
  const address = () => `2001:db8:1:1::${(++host).toString(16)}`;
  const wild = () => ask(list, address());
  let made = 0;
  const { statuses, last } = await burst(requests, () =>
    ++made % 20 === 0 ? wild() : ask('/healthz', address()),
  );
  expect(statuses).toEqual({ 200: 6000, 429: requests - 6000 });
  const refused = await wild();
  expect(await refused.json()).toMatchObject({ code: 'TOO_MANY' });
  for (const { headers } of [refused, last!]) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  }
  // Every protocol is behind the same count, but for the routes on which bytes travel.
  expect((await ask('/api/models', address())).status).toBe(429);
  expect((await ask('/v1/models', address())).status).toBe(429);
  expect((await ask('/api/files/dataset/ann/data/main/a.txt', address())).status).toBe(200);
  // Others, the same person elsewhere too, are served.
  expect((await ask(list, '192.0.2.2')).status).toBe(200);
  expect((await ask(list, '2001:db8:1:2::1')).status).toBe(200);
  passTime(61_000);
  expect((await wild()).status).toBe(200);
}, 180_000);

const left = async () => (await ask('/healthz', '192.0.2.3')).headers.get('x-ratelimit-remaining');

it('counts 5,000 addresses at a time: more of them fill no memory', async () => {
  for (let asked = 0; asked < 3; asked++) await ask('/healthz', '192.0.2.3');
  expect(await left()).toBe('5996');
  let network = 0;
  const { statuses } = await burst(5000, () => ask('/healthz', `2001:db8:2:${(++network).toString(16)}::1`));
  expect(statuses).toEqual({ 200: 5000 });
  // It was the oldest of them and had to go: it is new again.
  expect(await left()).toBe('5999');
}, 180_000);

/** With a wrong password. */
const signIn = (username: string, from: string) =>
  ask('/api/v1/sessions', from, {
    method: 'POST',
    body: JSON.stringify({ username, password: 'wrong one' }),
  });

it('lets ten passwords be tried at one name, however many are sent at once', async () => {
  const { statuses, last } = await burst(60, () => signIn('ann', '198.51.100.1'));
  expect(statuses).toEqual({ 401: 10, 429: 50 });
  const wait = Number(last!.headers.get('retry-after'));
  expect(wait).toBeGreaterThan(800);
  expect(wait).toBeLessThanOrEqual(900);
  expect((await signIn('ann', '198.51.100.2')).status).toBe(401);
  passTime(901_000);
  expect((await signIn('ann', '198.51.100.1')).status).toBe(401);
});

it('lets 100 fail from one address, whatever their names', async () => {
  let name = 0;
  const { statuses } = await burst(120, () => signIn(`nobody-${++name}`, '198.51.100.3'));
  expect(statuses).toEqual({ 401: 100, 429: 20 });
  expect((await signIn('ann', '198.51.100.4')).status).toBe(401);
});
