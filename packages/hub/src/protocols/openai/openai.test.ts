import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { joinWorker, push } from '../../testing/flow.ts';
import { dialIn, type ServingWorker } from '../../testing/serving.ts';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';
import { flatten } from './requests.ts';

let hub: TestHub;
let alice: TestPerson;
let project: string;
let serving: ServingWorker;
let openai: OpenAI;
beforeAll(async () => {
  hub = await startTestHub();
  alice = await hub.person();
  project = await hub.project(alice);
  await push(hub, alice, `${project}/whale`, { 'model.onnx': 'x' }, { kind: 'model' });
  await alice.api.deployments.create({ model: `${project}/whale`, name: 'whale' });
  const worker = await joinWorker(hub);
  const lease = await worker.lease(['serve']);
  if (!lease) throw new Error('no serve job');
  serving = await dialIn(hub, worker, lease);
  await vi.waitFor(async () => {
    expect((await alice.api.deployments.get({ name: 'whale' })).state).toBe('ready');
  });
  openai = client(alice.token);
});
afterAll(() => hub.stop());

const client = (apiKey: string) => new OpenAI({ baseURL: `${hub.url}/v1`, apiKey, maxRetries: 0 });
const user = (content: string) => [{ role: 'user' as const, content }];

describe('the openai client', () => {
  it('lists models, and finds one by its name or its path', async () => {
    const { data } = await openai.models.list();
    expect(data).toMatchObject([{ id: 'whale', object: 'model', owned_by: project }]);
    expect((await openai.models.retrieve('whale')).id).toBe('whale');
    expect((await openai.models.retrieve(`${project}/whale`)).id).toBe('whale');
    const plain = await fetch(`${hub.url}/v1/models/${project}/whale`, {
      headers: { authorization: `Bearer ${alice.token}` },
    });
    expect(await plain.json()).toMatchObject({ id: 'whale' });
  });

  it('completes a chat, whole', async () => {
    const { data: answer, request_id: request } = await openai.chat.completions
      .create({ model: 'whale', messages: user('Call me'), max_tokens: 14, seed: 7, temperature: 0 })
      .withResponse();
    expect(request).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: 'whale',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'once more: Cal', refusal: null },
          finish_reason: 'length',
        },
      ],
      usage: { prompt_tokens: 7, completion_tokens: 14, total_tokens: 21 },
    });
    expect(answer.id).toMatch(/^chatcmpl-/);
    const asked = serving.received.findLast((frame) => frame.type === 'generate');
    expect(asked).toMatchObject({ options: { prompt: 'Call me', maxTokens: 14, seed: 7, temperature: 0 } });
  });

  it('streams a chat with its role, its pieces, its end and its usage', async () => {
    const stream = await openai.chat.completions.create({
      model: `${project}/whale`,
      messages: user('Call me Ishmael.'),
      stream: true,
      stream_options: { include_usage: true },
      stop: ['Ishmael'],
    });
    const chunks = await Array.fromAsync(stream);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('once more: Call me ');
    expect(chunks.at(-2)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 19 } });
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
    expect(chunks[1]).toMatchObject({ object: 'chat.completion.chunk', usage: null });
  });

  it('completes and streams plain text, with its echo', async () => {
    const answer = await openai.completions.create({
      model: 'whale',
      prompt: 'Thar',
      max_tokens: 11,
      echo: true,
    });
    expect(answer).toMatchObject({ object: 'text_completion', choices: [{ text: 'Tharonce more: ' }] });
    const stream = await openai.completions.create({ model: 'whale', prompt: ['Thar'], stream: true });
    const texts = await Array.fromAsync(stream, (chunk) => chunk.choices[0]?.text ?? '');
    expect(texts.join('')).toBe('once more: Thar');
  });

  it('hears every failure as its own kind of error', async () => {
    const chat = (more: object, by = openai) =>
      by.chat.completions.create({ model: 'whale', messages: user('x'), ...more, stream: false });
    await expect(chat({}, client('hf_wrong'))).rejects.toSatisfy(
      (error) => error instanceof AuthenticationError && error.code === 'invalid_api_key',
    );
    await expect(chat({ model: 'shark' })).rejects.toSatisfy(
      (error) => error instanceof NotFoundError && error.code === 'model_not_found',
    );
    const stranger = await hub.person();
    await expect(chat({}, client(stranger.token))).rejects.toBeInstanceOf(NotFoundError);
    await expect(chat({ temperature: 9 })).rejects.toSatisfy(
      (error) => error instanceof BadRequestError && error.param === 'temperature',
    );
    await expect(chat({ messages: [] })).rejects.toBeInstanceOf(BadRequestError);
    await expect(chat({ messages: user('explode') })).rejects.toSatisfy(
      (error) => error instanceof APIError && error.status === 502 && error.type === 'server_error',
    );
    // Before the first byte a stream is refused like any request, with its status.
    await expect(
      openai.chat.completions.create({ model: 'whale', messages: user('explode'), stream: true }),
    ).rejects.toSatisfy((error) => error instanceof APIError && error.status === 502);
    const breaking = await openai.chat.completions.create({
      model: 'whale',
      messages: user('break'),
      stream: true,
    });
    await expect(Array.fromAsync(breaking)).rejects.toThrow(/broke in the middle/);
    const missing = await fetch(`${hub.url}/v1/embeddings`, { method: 'POST' });
    expect([missing.status, await missing.json()]).toMatchObject([
      404,
      { error: { type: 'invalid_request_error' } },
    ]);
  });

  it('cancels at the worker when it hangs up', async () => {
    const stream = await openai.chat.completions.create({
      model: 'whale',
      messages: user('slow '.repeat(40)),
      stream: true,
    });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    const asked = serving.received.findLast((frame) => frame.type === 'generate');
    await expect.poll(() => serving.cancelled()).toContain(asked?.request);
  });
});

describe('a conversation for a base model', () => {
  it('is the text itself while there is one speaker', () => {
    expect(flatten(user('Once upon'))).toBe('Once upon');
    expect(flatten([{ role: 'system', content: 'A sea tale.' }, ...user('Once upon')])).toBe(
      'A sea tale.\n\nOnce upon',
    );
    expect(
      flatten([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'in ' },
            { type: 'text', text: 'parts' },
          ],
        },
      ]),
    ).toBe('in parts');
  });

  it('is written like a play when there are more', () => {
    const messages = [...user('Hi'), { role: 'assistant' as const, content: 'Ahoy' }, ...user('Who?')];
    expect(flatten(messages)).toBe('User: Hi\nAssistant: Ahoy\nUser: Who?\nAssistant:');
  });
});
