import { expect, test } from 'vitest';
import { readEventData } from './event-stream.ts';

test('server-sent events are read whole, however the bytes are cut', async () => {
  const bytes = new TextEncoder().encode(
    'data: {"a":"é"}\n\n: note\n\ndata: b\r\n\r\ndata: [DONE]\n\ndata: c\n\n',
  );
  for (const size of [1, 3, 1000]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    expect(await Array.fromAsync(readEventData(body))).toEqual(['{"a":"é"}', 'b']);
  }
});
