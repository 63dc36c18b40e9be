import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { isText, readFileText } from './file-text.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('tells texts from other bytes', () => {
  expect(isText(bytes('a,b\n1,ü\n'))).toBe(true);
  expect(isText(bytes(''))).toBe(true);
  expect(isText(bytes('文字').subarray(0, 5))).toBe(true);
  expect(isText(Uint8Array.of(0x50, 0x41, 0x52, 0x31, 0, 1))).toBe(false);
  expect(isText(Uint8Array.of(0xff, 0xfe, 0x41, 0x41, 0x41, 0x41, 0x41))).toBe(false);
});

it("tells a refusal in the hub's words", async () => {
  const server = createServer((_request, response) =>
    response.writeHead(403).end(JSON.stringify({ code: 'CONSENT_NEEDED', message: 'Ask Ana first.' })),
  );
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await expect(readFileText(address, new AbortController().signal)).rejects.toMatchObject({
    code: 'CONSENT_NEEDED',
    message: 'Ask Ana first.',
  });
});
