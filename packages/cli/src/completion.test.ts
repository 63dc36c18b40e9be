import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { run } from './run.ts';

const deployment = {
  name: 'ishmael',
  project: 'sea',
  model: 'sea/ishmael',
  commit: 'c',
  visibility: 'project',
  state: 'ready',
  job: '00000000-0000-7000-8000-000000000000',
  addresses: { predict: 'http://x', infer: 'http://x', completions: 'http://x' },
  requests: 0,
  createdBy: 'ana',
  createdAt: '2026-01-01T00:00:00.000Z',
};
const piece = (text: string, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, text, finish_reason }], usage: null })}\n\n`;
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5}}\n\n';
const whole = [piece(' Ish'), piece('maël'), piece('', 'length'), usage, 'data: [DONE]\n\n'].join('');

/** Runs `banyan generate ARGS` against a server that has one deployment and answers completions with `stream`. */
async function generate(args: string[], { stream = whole, status = 200, shown = deployment as object }) {
  let asked: { authorization?: string | undefined; body: unknown } | undefined;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isCompletion = request.url === '/v1/completions';
    if (isCompletion)
      asked = { authorization: request.headers.authorization, body: JSON.parse(await text(request)) };
    response.writeHead(isCompletion ? status : 200, {
      'content-type': isCompletion && status === 200 ? 'text/event-stream' : 'application/json',
    });
    const bytes = Buffer.from(isCompletion ? stream : JSON.stringify(shown));
    for (let at = 0; at < bytes.length; at += 5) response.write(bytes.subarray(at, at + 5));
    response.end();
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(['generate', 'ishmael', 'Call me', ...args], {
    stdout,
    stderr,
    environment: {
      BANYAN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      BANYAN_TOKEN: 'hf_x',
    },
    signal: new AbortController().signal,
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr), asked };
}

it('streams a text and asks for what the options say', async () => {
  const args = ['--max-tokens', '3', '--temperature', '0.5', '--seed', '7', '--stop', '.', '--stop', '!'];
  const { asked, ...told } = await generate(args, {});
  expect(told).toEqual({ code: 0, stdout: ' Ishmaël\n', stderr: '' });
  expect(asked).toMatchObject({
    authorization: 'Bearer hf_x',
    body: {
      model: 'ishmael',
      prompt: 'Call me',
      max_tokens: 3,
      temperature: 0.5,
      seed: 7,
      stop: ['.', '!'],
      stream: true,
    },
  });
});

it('prints one JSON value for machines', async () => {
  const { stdout } = await generate(['--json'], {});
  expect(JSON.parse(stdout)).toEqual({
    text: ' Ishmaël',
    finishReason: 'length',
    promptTokens: 2,
    completionTokens: 3,
  });
});

it('sends a model that writes no text to predict, and waits for none that starts', async () => {
  const { predict, infer } = deployment.addresses;
  const rows = await generate([], { shown: { ...deployment, addresses: { predict, infer } } });
  expect(rows).toMatchObject({ code: 1, stdout: '', asked: undefined });
  expect(rows.stderr).toContain('does not write text');
  expect(rows.stderr).toContain('hint: banyan predict ishmael --row');
  const starting = { ...deployment, state: 'starting', message: 'waiting for a worker' };
  expect((await generate([], { shown: starting })).stderr).toContain('is starting: waiting for a worker');
});

it('tells what failed before the text, within it, and when it breaks off', async () => {
  const error = JSON.stringify({
    error: { message: 'Eight texts are being written.', type: 'rate_limit_error' },
  });
  expect(await generate([], { status: 429, stream: error })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'Eight texts are being written.\n',
  });
  const within = await generate([], { stream: `${piece(' Ish')}data: ${error}\n\n` });
  expect(within).toMatchObject({ code: 1, stdout: ' Ish\n', stderr: 'Eight texts are being written.\n' });
  const broken = await generate([], { stream: piece(' Ish') });
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('ended before the text did') });
  expect((await generate(['--temperature', '3'], {})).stderr).toContain('a number from 0 to 2');
});
