import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createHubClient } from '@banyan/contract';
import { expect, it } from 'vitest';
import { downloadFile, findFiles, sha256Of, uploadFile } from './local-files.ts';

const signal = new AbortController().signal;
const hash = (content: string): string => createHash('sha256').update(content).digest('hex');

async function withServer(listener: RequestListener, work: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).finally(() => server.close());
}
const session = (url: string) => ({ url, token: 'hf_x', hub: createHubClient({ url }) });

it('takes files as they are and folders with all they hold', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-files-'));
  await mkdir(join(folder, 'data/.git'), { recursive: true });
  await writeFile(join(folder, 'data/a.csv'), 'x\n');
  await writeFile(join(folder, 'data/.git/config'), 'x');
  await writeFile(join(folder, 'README.md'), '# x');
  const found = await findFiles([join(folder, 'data'), join(folder, 'README.md')]);
  expect(found.map(({ path }) => path)).toEqual(['README.md', 'a.csv']);
  await expect(findFiles([join(folder, 'data'), join(folder, 'data/a.csv')])).rejects.toThrow(
    'Two files would become a.csv',
  );
  await expect(findFiles([join(folder, 'nothing')])).rejects.toThrow('There is no file or folder');
});

it('uploads a file as a stream and checks what arrived', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-files-'));
  const file = join(folder, 'big.bin');
  await writeFile(file, Buffer.alloc(3_000_000, 7));
  const sha256 = await sha256Of(file, signal);
  let sent = 0;
  await withServer(
    (request, response) => {
      void buffer(request).then((body) => {
        const answer = { sha256: createHash('sha256').update(body).digest('hex'), sizeBytes: body.length };
        response.end(JSON.stringify(answer));
      });
    },
    async (url) => {
      await uploadFile(session(url), { file, path: 'big.bin', sizeBytes: 3e6 }, sha256, (sizeBytes) => {
        sent += sizeBytes;
      });
    },
  );
  expect(sent).toBe(3_000_000);
});

it('puts a download in place only when its bytes are right', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-files-'));
  const remote = {
    kind: 'dataset' as const,
    repository: 'flora/x',
    revision: 'main',
    path: 'deep/a.txt',
    sha256: hash('hello'),
  };
  let body = 'hello';
  await withServer(
    (_request, response) => response.end(body),
    async (url) => {
      await downloadFile(session(url), remote, folder, () => {}, signal);
      expect(await readFile(join(folder, 'deep/a.txt'), 'utf8')).toBe('hello');
      body = 'hallo';
      const again = downloadFile(session(url), { ...remote, path: 'b.txt' }, folder, () => {}, signal);
      await expect(again).rejects.toThrow('b.txt arrived damaged');
      expect(await readdir(folder)).toEqual(['deep']);
      const outside = downloadFile(session(url), { ...remote, path: '../b.txt' }, folder, () => {}, signal);
      await expect(outside).rejects.toThrow('would leave');
    },
  );
});
