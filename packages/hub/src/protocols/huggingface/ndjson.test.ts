import { expect, it } from 'vitest';
import { readLines } from './ndjson.ts';

async function* cut(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(body: AsyncIterable<Buffer>) {
  const lines: { value: unknown; content?: Buffer }[] = [];
  for await (const { text, content } of readLines(body)) {
    if (content === undefined) {
      lines.push({ value: JSON.parse(text) });
      continue;
    }
    const pieces: Buffer[] = [];
    for await (const piece of content.bytes) pieces.push(piece);
    lines.push({ value: JSON.parse(await content.rest()), content: Buffer.concat(pieces) });
  }
  return lines;
}

const header = { key: 'header', value: { summary: 'höh "content": {' } };

it('reads lines cut anywhere, blank ones and a last one without its end among them', async () => {
  const text = `${JSON.stringify(header)}\n\n  \n${JSON.stringify({ key: 'deletedFile', value: { path: 'ä' } })}`;
  for (const size of [1, 3, 1000])
    expect(await all(cut(text, size))).toEqual([
      { value: header },
      { value: { key: 'deletedFile', value: { path: 'ä' } } },
    ]);
});

it.each([
  [
    'before',
    (content: string) => ({ key: 'file', value: { content, path: 'a "content": b', encoding: 'base64' } }),
  ],
  [
    'after',
    (content: string) => ({ key: 'file', value: { path: '"content"', encoding: 'base64', content } }),
  ],
])('decodes the content of a long line while it passes, its path %s', async (_where, line) => {
  const bytes = Buffer.alloc(13_000_001, 'banyan');
  const long = line(bytes.toString('base64'));
  const text = [header, long, { key: 'deletedFile', value: { path: 'x' } }]
    .map((one) => JSON.stringify(one))
    .join('\n');
  const [first, second, third] = await all(cut(text, 65_537));
  expect(first?.value).toEqual(header);
  expect(second?.content?.equals(bytes)).toBe(true);
  expect(second?.value).toEqual(line(''));
  expect(third?.value).toMatchObject({ key: 'deletedFile' });
});

it('holds no more than a few MiB of a line in memory, however long it is', async () => {
  const piece = Buffer.from('QUJD'.repeat(1 << 18));
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from('{"key":"file","value":{"content":"');
    for (let count = 0; count < 300; count++) yield piece;
    yield Buffer.from('","path":"big","encoding":"base64"}}\n');
  }
  let sizeBytes = 0;
  let highest = 0;
  for await (const { content } of readLines(endless())) {
    for await (const bytes of content?.bytes ?? []) {
      sizeBytes += bytes.length;
      highest = Math.max(highest, process.memoryUsage().arrayBuffers);
    }
    expect(JSON.parse((await content?.rest()) ?? '')).toMatchObject({ value: { path: 'big', content: '' } });
  }
  expect(sizeBytes).toBe(300 * piece.length * 0.75);
  expect(highest).toBeLessThan(150 << 20);
});

it.each([
  ['a header that never ends', `{"key":"header","value":{"summary":"${'a'.repeat(17 << 20)}"}}`, 'TOO_LARGE'],
  ['content that is not base64', `{"key":"file","value":{"content":"${'?'.repeat(17 << 20)}"}}`, 'BAD_INPUT'],
  ['escapes in long base64', `{"key":"file","value":{"content":"${'\\/'.repeat(9 << 20)}"}}`, 'BAD_INPUT'],
  ['a file that is cut off', `{"key":"file","value":{"content":"${'A'.repeat(17 << 20)}`, 'BAD_INPUT'],
  [
    'a long tail',
    `{"key":"file","value":{"content":"${'A'.repeat(17 << 20)}","path":"${'b'.repeat(100_000)}"}}`,
    'TOO_LARGE',
  ],
])('refuses %s', async (_what, text, code) => {
  await expect(all(cut(text, 1 << 20))).rejects.toMatchObject({ code });
});
