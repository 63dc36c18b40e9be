import { expect, it } from 'vitest';
import { readEvents } from './event-stream.ts';

it('reads events whole, however the bytes are cut', async () => {
  const stream =
    ': hello\n\ndata: {"a":"é"}\n\nevent: x\r\ndata:b\r\ndata: c\r\n\r\ndata: [DONE]\n\ndata: cut';
  const bytes = new TextEncoder().encode(stream);
  for (const size of [1, 2, 3, 7, 1000]) {
    async function* cut() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    }
    expect(await Array.fromAsync(readEvents(cut())), `pieces of ${size}`).toEqual([
      '{"a":"é"}',
      'b\nc',
      '[DONE]',
    ]);
  }
});
