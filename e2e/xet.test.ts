/** Uploads with Hugging Face's own hf_xet, the compiled client below `huggingface_hub`, to a real hub. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startTestHub, type TestHub, type TestPerson } from '@banyan/hub/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { xetClient } from '../packages/hub/src/testing/xet.ts';
import { storeBytes } from './hub-process.ts';
import { pythonEnvironment } from './python/environment.ts';

const run = promisify(execFile);
/** The full size of the requirement is 1 GiB: BANYAN_XET_BYTES=1073741824. */
const sizeBytes = Number(process.env['BANYAN_XET_BYTES'] ?? 96 << 20);

let hub: TestHub;
let folder = '';
let python = '';
let tokens: Server;
let refresh = '';
let owner: TestPerson;
let traffic = 0;
beforeAll(async () => {
  python = await pythonEnvironment();
  hub = await startTestHub();
  folder = await mkdtemp(path.join(tmpdir(), 'banyan-xet-'));
  owner = await hub.person();
  const namespace = await hub.project(owner);
  await owner.api.repositories.create({ kind: 'model', namespace, name: 'weights' });
  // Stands for the hub's own address of tokens, which belongs to another protocol. Counts what arrives at the hub, too.
  const between = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === '/token') {
      const { token } = await xetClient(hub, owner, { namespace, name: 'weights' }, 'model');
      const answer = {
        casUrl: `${address(tokens)}/xet`,
        accessToken: token,
        exp: Math.floor(Date.now() / 1000) + 3600,
      };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      return;
    }
    const body: Buffer[] = [];
    for await (const piece of request) body.push(piece as Buffer);
    traffic += body.reduce((sum, piece) => sum + piece.length, 0);
    const { method = 'GET', headers } = request;
    const answer = await fetch(hub.url + request.url, {
      method,
      headers: { authorization: headers.authorization ?? '' },
      ...(method === 'POST' && { body: Buffer.concat(body) }),
    });
    const sent = Buffer.from(await answer.arrayBuffer());
    traffic += sent.length;
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(sent);
  };
  tokens = createServer((request, response) => {
    between(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve));
  refresh = `${address(tokens)}/token`;
});
afterAll(async () => {
  tokens.closeAllConnections();
  tokens.close();
  await hub.stop();
  await rm(folder, { recursive: true });
});

const address = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const script = `
import sys, hf_xet
url, *files = sys.argv[1:]
session = hf_xet.XetSession()
with session.new_upload_commit(token_refresh_url=url, token_refresh_headers={}, custom_headers={}) as commit:
    handles = [commit.start_upload_file(file, sha256=hf_xet.COMPUTE_SHA256) for file in files]
for handle in handles: print(handle.result().xet_info.sha256)
`;

/** Uploads as a machine would whose cache is \`cache\`; answers the files' sha256 and the bytes that travelled. */
async function upload(cache: string, ...files: string[]): Promise<{ hashes: string[]; bytes: number }> {
  traffic = 0;
  const { stdout } = await run(python, ['-c', script, refresh, ...files], {
    env: { ...process.env, HF_HOME: path.join(folder, cache), HF_XET_CACHE: path.join(folder, cache, 'xet') },
  });
  return { hashes: stdout.trim().split('\n'), bytes: traffic };
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

it('takes files from hf_xet; what changes is all that travels, and all that the store grows by', async () => {
  const file = path.join(folder, 'weights.bin');
  await using handle = await open(file, 'w');
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += 8 << 20) {
    // A half is random, as weights are, and a half like text: both kinds of packing are used.
    const piece = Buffer.concat([
      randomBytes(4 << 20),
      Buffer.from(new Float32Array(1 << 20).map((_, i) => i + at).buffer),
    ]);
    hash.update(piece);
    await handle.write(piece);
  }
  const sha256 = hash.digest('hex');
  const first = await upload('one', file);
  expect(first.hashes).toEqual([sha256]);
  const before = await storeBytes(hub.services.config.home);

  // 1 MB in the middle changes, on another machine.
  await handle.write(randomBytes(1 << 20), 0, 1 << 20, Math.floor(sizeBytes / 2) + 12_345);
  await handle.sync();
  const second = await upload('two', file);
  const grown = (await storeBytes(hub.services.config.home)) - before;
  console.log(`first ${first.bytes}, then ${second.bytes} bytes travelled; the store grew by ${grown}`);
  expect(second.bytes).toBeLessThan(2 << 20);
  expect(grown).toBeLessThan(2 << 20);

  // What is here is what was sent.
  await owner.api.repositories.create({ kind: 'dataset', namespace: owner.username, name: 'copy' });
  const [sent = ''] = second.hashes;
  await owner.api.repositories.commit({
    kind: 'dataset',
    namespace: owner.username,
    name: 'copy',
    message: 'both',
    operations: [
      { op: 'add', path: 'first.bin', sha256 },
      { op: 'add', path: 'second.bin', sha256: sent },
    ],
  });
  for (const [name, wanted] of [
    ['first.bin', sha256],
    ['second.bin', sent],
  ]) {
    const answer = await fetch(`${hub.url}/api/files/dataset/${owner.username}/copy/main/${name}`, {
      headers: { authorization: `Bearer ${owner.token}` },
    });
    const got = createHash('sha256');
    for await (const piece of answer.body ?? []) got.update(piece);
    expect(got.digest('hex')).toBe(wanted);
  }
}, 600_000);

it('takes many files at once, small and repeated ones too', async () => {
  const contents = [
    Buffer.from('x'),
    randomBytes(100_000),
    Buffer.alloc(3_000_000),
    Buffer.alloc(3_000_000),
    randomBytes(9_000_000),
  ];
  const files = contents.map((_, index) => path.join(folder, `file-${index}`));
  await Promise.all(contents.map((bytes, index) => writeFile(files[index] as string, bytes)));
  const { hashes } = await upload('three', ...files);
  expect(hashes).toEqual(contents.map(digest));
}, 120_000);
