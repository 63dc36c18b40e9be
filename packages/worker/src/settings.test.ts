import { expect, it } from 'vitest';
import { readSettings } from './settings.ts';

const needed = { BANYAN_WORKER_URL: 'http://127.0.0.1:8686/', BANYAN_WORKER_TOKEN: 'hf_x' };

it('reads its environment', () => {
  const settings = readSettings({ ...needed, BANYAN_WORKER_SITE: 'eth', BANYAN_WORKER_SLOTS: '3' });
  expect(settings).toMatchObject({ url: 'http://127.0.0.1:8686', site: 'eth', slots: 3 });
});

it('says which setting is wrong', () => {
  expect(() => readSettings({ ...needed, BANYAN_WORKER_TOKEN: '' })).toThrow(
    'BANYAN_WORKER_TOKEN is not set',
  );
  expect(() => readSettings({ ...needed, BANYAN_WORKER_URL: 'localhost' })).toThrow(
    /"localhost" is not a hub's address/,
  );
  expect(() => readSettings({ ...needed, BANYAN_WORKER_SLOTS: 'many' })).toThrow(/whole number from 1 to 64/);
});
