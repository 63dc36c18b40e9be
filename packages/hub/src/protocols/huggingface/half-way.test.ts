import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestHub, type TestHub, type TestPerson } from '../../testing.ts';

let hub: TestHub;
let ana: TestPerson;
let address = '';
const unheard: unknown[] = [];
const hear = (error: unknown): void => void unheard.push(error);
beforeAll(async () => {
  hub = await startTestHub();
  ana = await hub.person({ username: 'ana' });
  await ana.api.repositories.create({ kind: 'model', namespace: 'ana', name: 'm' });
  address = '/api/models/ana/m/commit/main';
  // What nobody hears ends a hub.
  process.on('uncaughtException', hear);
});
afterEach(() => expect(unheard.splice(0)).toEqual([]));
afterAll(async () => {
  process.off('uncaughtException', hear);
  await hub.stop();
});

const header = JSON.stringify({ key: 'header', value: { summary: 'test' } });
const refusedLine = JSON.stringify({ key: 'rebase', value: {} });
const line = JSON.stringify({ key: 'file', value: { path: 'a.txt', content: 'eA==' } });

it('a commit that is refused while it is sent ends for its client alone, who leaves', async () => {
  const { port } = new URL(hub.url);
  const client = connect(Number(port), '127.0.0.1');
  client.on('error', () => {});
  client.write(
    `POST ${address} HTTP/1.1\r\nhost: here\r\nauthorization: Bearer ${ana.token}\r\ncontent-type: application/x-ndjson\r\n` +
      `content-length: 100000000\r\n\r\n${header}\n${refusedLine}\n${`${line}\n`.repeat(1000)}`,
  );
  const [answer] = (await once(client, 'data')) as [Buffer];
  expect(String(answer)).toContain('400 Bad Request');
  client.destroy();
  await once(client, 'close');
  expect((await ana.api.people.me()).person.username).toBe('ana');
});

it('a commit that is refused while it is sent holds up nothing behind it', async () => {
  const { port } = new URL(hub.url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${ana.token}`, 'content-type': 'application/x-ndjson' };
  const many = `${line}\n`.repeat(200_000);
  for (const [lines, status] of [
    [`${refusedLine}\n${many}`, 400],
    [line, 200],
  ] as const) {
    const sending = request({ port, host: '127.0.0.1', path: address, method: 'POST', headers, agent });
    sending.end(`${header}\n${lines}`);
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    expect([response.statusCode, String(await buffer(response)).slice(0, 200)]).toEqual([
      status,
      expect.anything(),
    ]);
  }
  agent.destroy();
}, 20_000);
