import { array, assert, constantFrom, nat, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { createTextStream } from './text-stream.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Streams bytes in pieces cut at the given places. */
function streamed(all: Uint8Array, cuts: readonly number[], stops: readonly string[] = []): string[] {
  const stream = createTextStream(stops);
  const places = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
  const pieces = places.slice(1).map((end, i) => stream.push(all.subarray(places[i], end)).text);
  return [...pieces, stream.end()];
}

test('pieces never split a character and join to the text, wherever the bytes are cut', () => {
  assert(
    property(string({ unit: 'grapheme' }), array(nat()), (text, cuts) => {
      const pieces = streamed(bytes(text), cuts);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
    }),
  );
});

test('with a stop string the pieces join to what stands before it, wherever the bytes are cut', () => {
  const letters = string({ unit: constantFrom('a', 'b', 'é', '\n') });
  assert(
    property(
      letters,
      array(nat()),
      constantFrom(['ab'], ['aab', 'é\n'], ['bbb', 'b']),
      (text, cuts, stops) => {
        // Byte by byte is the finest cut: the first stop to be complete wins there, and must win for coarser cuts of it.
        const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
        const joined = streamed(bytes(text), cuts, stops).join('');
        if (found.length === 0) expect(joined).toBe(text);
        else expect(found.map((at) => text.slice(0, at))).toContain(joined);
      },
    ),
  );
});

test('text that may begin a stop string is held back, and given out when it did not', () => {
  const stream = createTextStream(['\n\nHuman']);
  expect(stream.push(bytes('one\n'))).toEqual({ text: 'one', stopped: false });
  expect(stream.push(bytes('\nHu'))).toEqual({ text: '', stopped: false });
  expect(stream.push(bytes('e'))).toEqual({ text: '\n\nHue', stopped: false });
  expect(stream.push(bytes('!\n\nHuman:'))).toEqual({ text: '!', stopped: true });
  expect(stream.push(bytes('more'))).toEqual({ text: '', stopped: true });
  expect(stream.end()).toBe('');
});

test('bytes that are no UTF-8 become replacement characters; half a character at the end is dropped', () => {
  const stream = createTextStream();
  expect(stream.push(Uint8Array.of(0xff, 0x41)).text).toBe('\ufffdA');
  expect(stream.push(Uint8Array.of(0xe2, 0x82)).text).toBe('');
  expect(stream.end()).toBe('');
});
