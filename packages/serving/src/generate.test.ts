import { openThreadedSession, type Session } from '@banyan/engine';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createDecoder } from './decoder.ts';
import { modelFolder } from './fixtures/folders.ts';
import { sizes, tinyDecoder } from './fixtures/tiny-decoder.ts';
import { byteTokenizerJson, tinyBpeJson } from './fixtures/tokenizers.ts';
import { type Completion, openModel, type ServedModel, type TextPiece } from './index.ts';

const { context } = sizes;
const text = { task: 'generation', kind: 'text', context } as const;
const prompt = 'Call me';
const idsOf = (words: string): number[] => [...new TextEncoder().encode(words)];
const int64 = (values: readonly number[]) => ({
  dtype: 'int64' as const,
  shape: [1, values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** The same network without a cache: every answer computed from all tokens anew. */
let reference: Session;

beforeAll(async () => {
  reference = await openThreadedSession(tinyDecoder({ cached: false }), { threads: 1 });
});
afterAll(() => reference.close());

async function serve(files: { onnx: Uint8Array; tokenizer: string }, options = {}): Promise<ServedModel> {
  const opened = await openModel(await modelFolder({ manifest: text, ...files }), options);
  onTestFinished(() => opened.close());
  return opened;
}
const serveBytes = (options = {}) =>
  serve({ onnx: tinyDecoder({ cached: true }), tokenizer: byteTokenizerJson() }, options);

async function recomputed(tokens: readonly number[]): Promise<Float32Array> {
  const { logits } = await reference.run({
    input_ids: int64(tokens),
    attention_mask: int64(tokens.map(() => 1)),
    position_ids: int64(tokens.map((_, position) => position)),
  });
  return (logits!.data as Float32Array).slice(-sizes.vocabulary);
}

/** Greedy decoding without a cache, forgetting the older half of a full context. */
async function recomputedTokens(start: readonly number[], count: number): Promise<number[]> {
  let seen = [...start];
  const written: number[] = [];
  while (written.length < count) {
    const logits = await recomputed(seen);
    const token = logits.indexOf(Math.max(...logits));
    written.push(token);
    seen = seen.length === context ? [...seen, token].slice(-context / 2) : [...seen, token];
  }
  return written;
}

async function collect(stream: AsyncGenerator<TextPiece, Completion>) {
  const pieces: TextPiece[] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done)
      return {
        ...next.value,
        pieces,
        tokens: pieces.map((piece) => piece.token),
        text: pieces.map((p) => p.text).join(''),
      };
    pieces.push(next.value);
  }
}

test('the cache gives the logits of recomputation, fed whole, in parts or token by token', async () => {
  const session = await openThreadedSession(tinyDecoder({ cached: true }), { threads: 1 });
  onTestFinished(() => session.close());
  const decoder = createDecoder(session, context);
  const tokens = idsOf('Call me Ishmael. Some ye');
  for (const cuts of [[24], [1, 23], [10, 1, 13], Array.from({ length: 24 }, () => 1)]) {
    const sequence = decoder.begin();
    let at = 0;
    for (const cut of cuts) {
      const logits = await sequence.feed(tokens.slice(at, at + cut));
      at += cut;
      expect(sequence.length).toBe(at);
      const expected = await recomputed(tokens.slice(0, at));
      for (const [token, logit] of logits.entries())
        expect(Math.abs(logit - expected[token]!)).toBeLessThan(1e-4);
    }
  }
});

test('cached generation writes what recomputation writes, also past a full context', async () => {
  const model = await serveBytes();
  const written = await collect(model.generate(prompt, { maxTokens: 60, temperature: 0 }));
  expect(written.tokens).toEqual(await recomputedTokens(idsOf(prompt), 60));
  // A text that went in circles would prove little.
  expect(new Set(written.tokens).size).toBeGreaterThan(5);
  expect(written).toMatchObject({ finishReason: 'length', promptTokens: 7, completionTokens: 60 });
  // A prompt beyond the context is read from where it still fits.
  const long = 'It was the best of times, it was the worst of times';
  const continued = await collect(model.generate(long, { maxTokens: 4, temperature: 0 }));
  expect(continued.tokens).toEqual(await recomputedTokens(idsOf(long).slice(-context), 4));
  expect(continued.promptTokens).toBe(long.length);
});

test('with whenFull stop, the end of the context ends the text', async () => {
  const model = await serveBytes();
  const options = { maxTokens: 60, temperature: 0, whenFull: 'stop' } as const;
  const written = await collect(model.generate(prompt, options));
  expect(written).toMatchObject({ finishReason: 'length', completionTokens: context - prompt.length + 1 });
  await expect(model.generate('x'.repeat(context + 1), options).next()).rejects.toMatchObject({
    code: 'input',
    message: `the prompt has ${context + 1} tokens; this model reads at most ${context}`,
  });
});

test('the seed fixes the text; without one every text differs', async () => {
  const model = await serveBytes();
  const write = async (seed?: number) =>
    (await collect(model.generate(prompt, { maxTokens: 30, seed }))).tokens;
  const [a, b, c] = [await write(1), await write(1), await write(2)];
  expect(b).toEqual(a);
  expect(c).not.toEqual(a);
  expect(await write()).not.toEqual(await write());
});

test('pieces are whole characters whatever bytes the model writes', async () => {
  const model = await serveBytes();
  const { pieces, tokens, text } = await collect(
    model.generate('é🐋', { maxTokens: 200, temperature: 2, seed: 5 }),
  );
  for (const piece of pieces) expect(piece.text.isWellFormed()).toBe(true);
  expect(pieces.some((piece) => piece.text === '')).toBe(true);
  expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(tokens)).startsWith(text)).toBe(
    true,
  );
});

test('a stop string ends the text before it', async () => {
  const model = await serveBytes();
  const options = { maxTokens: 40, temperature: 0.5, seed: 3 };
  const free = await collect(model.generate(prompt, options));
  const characters = Array.from(free.text);
  const stop = characters.slice(10, 12).join('');
  const stopped = await collect(model.generate(prompt, { ...options, stop: ['never written', stop] }));
  expect(stopped.text).toBe(free.text.slice(0, free.text.indexOf(stop)));
  expect(stopped.finishReason).toBe('stop');
  expect(stopped.completionTokens).toBeLessThan(free.completionTokens);
});

test('a special token ends the text', async () => {
  // 263 tokens: 256 bytes, 6 merges, and <|endoftext|>, which random weights reach now and then.
  const model = await serve({
    onnx: tinyDecoder({ cached: true, vocabulary: 263 }),
    tokenizer: tinyBpeJson(),
  });
  const endings = [];
  for (let seed = 0; seed < 8; seed++)
    endings.push(await collect(model.generate(prompt, { maxTokens: 400, temperature: 3, seed })));
  const ended = endings.filter((ending) => ending.finishReason === 'stop');
  expect(ended.length).toBeGreaterThan(0);
  for (const { tokens, text } of ended) {
    expect(tokens.indexOf(262)).toBe(tokens.length - 1);
    expect(text).not.toContain('endoftext');
  }
});

test('texts are written side by side, up to a bound; an abort frees its place', async () => {
  const model = await serveBytes({ maxGenerations: 2 });
  const alone = await collect(model.generate(prompt, { maxTokens: 20, temperature: 0 }));
  const together = await Promise.all(
    [prompt, 'Ishmael'].map((start) => collect(model.generate(start, { maxTokens: 20, temperature: 0 }))),
  );
  expect(together[0]!.tokens).toEqual(alone.tokens);

  const controller = new AbortController();
  const running = model.generate(prompt, { maxTokens: 1000, signal: controller.signal });
  const other = model.generate(prompt, { maxTokens: 1000 });
  await Promise.all([running.next(), other.next()]);
  await expect(model.generate(prompt, { maxTokens: 1 }).next()).rejects.toMatchObject({ code: 'busy' });
  controller.abort(new Error('the reader left'));
  await expect(running.next()).rejects.toThrow('the reader left');
  await other.return({ finishReason: 'length', promptTokens: 0, completionTokens: 0 });
  expect((await collect(model.generate(prompt, { maxTokens: 1 }))).completionTokens).toBe(1);
});

test('options out of range and empty prompts are refused', async () => {
  const model = await serveBytes();
  const ask = (options: object, words = prompt) => model.generate(words, { maxTokens: 5, ...options }).next();
  const refused = { code: 'input' };
  await expect(ask({}, '')).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('the prompt is empty'),
  });
  await expect(ask({ maxTokens: 0 })).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('maxTokens'),
  });
  await expect(ask({ temperature: -1 })).rejects.toMatchObject(refused);
  await expect(ask({ topP: 0 })).rejects.toMatchObject(refused);
  await expect(ask({ topK: 1.5 })).rejects.toMatchObject(refused);
  await expect(ask({ stop: [''] })).rejects.toMatchObject(refused);
  await expect(model.predict([{}])).rejects.toMatchObject({ code: 'not-predictive' });
  await expect(model.infer({ inputs: [] })).rejects.toMatchObject({ code: 'not-predictive' });
});

test('a graph that is no decoder is refused', async () => {
  await expect(
    serve({ onnx: tinyDecoder({ cached: false }), tokenizer: byteTokenizerJson() }),
  ).rejects.toMatchObject({
    code: 'format',
    message: expect.stringContaining('lacks past_key_values.0.key'),
  });
});
