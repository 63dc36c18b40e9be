import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { refused } from '../testing/refused.ts';
import { startTestHub, type TestHub } from '../testing.ts';
import { signPath, signToken, verifySigned, verifyToken } from './signing.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

const signing = { purpose: 'parts', expiresInSeconds: 60, claims: { upload: 'an id', part: '7' } };

it('gives the claims back to the purpose that they were signed for, and to nobody who changed them', async () => {
  const address = await signPath(hub.services, '/lfs/part', signing);
  expect(await verifySigned(hub.services, address, 'parts')).toEqual(signing.claims);
  await refused('NOT_ALLOWED', verifySigned(hub.services, address, 'complete'));
  await refused('NOT_ALLOWED', verifySigned(hub.services, address.replace('part=7', 'part=8'), 'parts'));
  await refused('NOT_ALLOWED', verifySigned(hub.services, address.replace('/part?', '/other?'), 'parts'));
  await refused('NOT_ALLOWED', verifySigned(hub.services, `${address}&more=1`, 'parts'));
  await refused('NOT_ALLOWED', verifySigned(hub.services, '/lfs/part', 'parts'));
  const longer = address.replace(/expires=\d+/, `expires=${Math.floor(Date.now() / 1000) + 9000}`);
  await refused('NOT_ALLOWED', verifySigned(hub.services, longer, 'parts'));
});

it('lets addresses and tokens expire', async () => {
  const address = await signPath(hub.services, '/lfs/part', signing);
  const { token, exp } = await signToken(hub.services, signing);
  expect(exp - Date.now() / 1000).toBeGreaterThan(58);
  expect(await verifyToken(hub.services, token, 'parts')).toEqual(signing.claims);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
  await refused('GONE', verifySigned(hub.services, address, 'parts'));
  await refused('TOKEN_EXPIRED', verifyToken(hub.services, token, 'parts'));
  vi.useRealTimers();
  await refused('NOT_SIGNED_IN', verifyToken(hub.services, `${token}x`, 'parts'));
});
