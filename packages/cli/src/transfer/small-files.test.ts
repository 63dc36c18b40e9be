import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findFiles } from '../local-files.ts';
import { withServer } from './file-server.ts';
import { uploadSmallFiles } from './small-files.ts';

it('does not send a file that changed after the hub was asked about it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-small-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'a.txt');
  await writeFile(file, 'one');
  const files = await findFiles([file]);
  /** Asked in between, when the file is hashed and not sent yet. */
  const has = async (): Promise<Set<string>> => {
    await writeFile(file, 'two');
    return new Set();
  };
  let sent = 0;
  await withServer(
    (request, response) => {
      sent += 1;
      request.resume().once('end', () => response.end('{}'));
    },
    async (session) => {
      const listener = { onDone() {}, onSent() {} };
      const upload = uploadSmallFiles(session, files, has, listener, new AbortController().signal);
      await expect(upload).rejects.toMatchObject({ code: 'CHANGED' });
    },
  );
  expect(sent).toBe(0);
});
