/**
 * Commits as Hugging Face's clients send them, at full size: 10,000 small files in one commit, and a file of 300 MB in one
 * line; then `git clone` of the 10,000. Prints files a second and the most memory that the hub had. `node e2e/huggingface/speed.ts`
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newFolder, startHub } from '../hub-process.ts';
import { signUp } from '../person.ts';

const hub = await startHub({ env: { BANYAN_LOCAL_WORKER: 'off' } });
const ana = { username: 'ana', name: 'Ana', password: 'correct horse' };
const { token } = await signUp(hub.url, { setup: hub.setupCode }, ana);

async function send(path: string, type: string, body: string): Promise<number> {
  const start = performance.now();
  const response = await fetch(hub.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body,
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (performance.now() - start) / 1000;
}

const line = (key: string, value: object): string => `${JSON.stringify({ key, value })}\n`;
const header = line('header', { summary: 'speed' });
const commit = (lines: string) =>
  send('/api/models/ana/many/commit/main', 'application/x-ndjson', header + lines);

/** MB, as Linux counts it. */
async function mostMemory(): Promise<string> {
  const status = await readFile(`/proc/${hub.process.pid}/status`, 'utf8');
  return `${Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024)} MB at most`;
}

try {
  await send('/api/repos/create', 'application/json', JSON.stringify({ name: 'many' }));
  console.log(`an idle hub: ${await mostMemory()}`);
  const files = 10_000;
  const lines = Array.from({ length: files }, (_, index) => {
    const content = randomBytes(1000).toString('base64');
    return line('file', { content, path: `folder-${index % 100}/${index}.txt`, encoding: 'base64' });
  });
  const seconds = await commit(lines.join(''));
  console.log(`${files} files: ${Math.round(files / seconds)} files/s, ${await mostMemory()}`);
  const clone = join(await newFolder('banyan-speed-'), 'many');
  const begun = performance.now();
  await promisify(execFile)('git', [
    'clone',
    '-q',
    `${hub.url.replace('://', `://ana:${token}@`)}/ana/many`,
    clone,
  ]);
  const took = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`git clone of ${files} files: ${took} s, ${await mostMemory()}`);
  await rm(join(clone, '..'), { recursive: true, force: true });
  const content = Buffer.alloc(300 << 20, 'banyan').toString('base64');
  const large = await commit(line('file', { content, path: 'large.txt', encoding: 'base64' }));
  console.log(`300 MB in one line: ${large.toFixed(1)} s, ${await mostMemory()}`);
} finally {
  await hub.stop();
}
