import { existsSync } from 'node:fs';
import path from 'node:path';
import { hubErrors } from '@banyan/contract';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Ask } from './testing/matrix.ts';
import { letters } from './testing/matrix.ts';
import { plainRows } from './testing/matrix-plain.ts';
import { dialIn } from './testing/serving.ts';
import { buildWorld, type Persona, personas, type World } from './testing/world.ts';
import { startTestHub, type TestHub } from './testing.ts';

let hub: TestHub;
let world: World;
beforeAll(async () => {
  hub = await startTestHub();
  world = await buildWorld(hub);
  const { lease } = await world.api.site.worker.lease({ worker: world.worker, kinds: ['serve'], waitMs: 0 });
  if (!lease) throw new Error('no serve job');
  await dialIn(hub, { token: world.tokens.site ?? '' }, lease);
  const { get } = world.owner.api.deployments;
  await vi.waitUntil(async () => (await get({ name: world.deployment })).state === 'ready');
});
afterAll(() => hub.stop());

/** Files of the built web app: for everybody. */
const isPage = (url: string): boolean =>
  url === '/' || existsSync(path.join(import.meta.dirname, '../../web/dist', url));

it('has a row for every plain route of the server', () => {
  const plain = hub.routes.filter((route) => {
    const [methods = '', url = ''] = route.split(' ');
    // HEAD comes with each GET and is answered by the same code; the contract's routes have their own table.
    return methods !== 'HEAD' && !isPage(url) && url !== '/api/v1/*';
  });
  expect(plain.toSorted()).toEqual(Object.keys(plainRows).toSorted());
});

describe.each(Object.entries(plainRows))('%s', (_route, [expected, call]) => {
  it(`lets in ${expected.trim()}`, async () => {
    const got: Partial<Record<Persona, string>> = {};
    for (const persona of personas) {
      const token = world.tokens[persona];
      const ask: Ask = (address, init = {}) =>
        fetch(hub.url + address, {
          ...init,
          headers: { ...init.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        });
      const answer = await call(ask, world, token);
      got[persona] = typeof answer === 'string' ? answer : await letterOf(answer);
    }
    const wanted = expected.trim().split(/\s+/);
    expect(got).toEqual(Object.fromEntries(personas.map((persona, index) => [persona, wanted[index]])));
  });
});

/** By the hub's code or, where a foreign protocol has none, by the status, which is of one code of those here. */
async function letterOf(response: Response): Promise<string> {
  const text = await response.text();
  if (response.ok) return letters.ok;
  const code =
    Object.keys(hubErrors).find((one) => text.includes(`"code":"${one}"`)) ??
    Object.entries(letters)
      .filter(([one]) => one !== 'ok' && one !== 'WRONG_PASSWORD' && one !== 'CONSENT_NEEDED')
      .find(([one]) => hubErrors[one as keyof typeof hubErrors].status === response.status)?.[0];
  return letters[code as keyof typeof letters] ?? `${response.status} ${text.slice(0, 200)}`;
}
