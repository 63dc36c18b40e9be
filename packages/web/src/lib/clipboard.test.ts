import { expect, it } from 'vitest';
import { copyText } from './clipboard.ts';

it('says so where there is no clipboard, as at a plain http address', async () => {
  expect('clipboard' in navigator).toBe(false);
  expect(await copyText('text')).toBe(false);
});
