import { expect, it } from 'vitest';
import { isText } from './file-text.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('tells texts from other bytes', () => {
  expect(isText(bytes('a,b\n1,ü\n'))).toBe(true);
  expect(isText(bytes(''))).toBe(true);
  expect(isText(bytes('文字').subarray(0, 5))).toBe(true);
  expect(isText(Uint8Array.of(0x50, 0x41, 0x52, 0x31, 0, 1))).toBe(false);
  expect(isText(Uint8Array.of(0xff, 0xfe, 0x41, 0x41, 0x41, 0x41, 0x41))).toBe(false);
});
