import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignedFile } from '@banyan/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openInputCache } from './inputs.ts';

const signal = new AbortController().signal;
let server: Server;
let url: string;
let home: string;
let served: string[];
let bodies: Map<string, Buffer>;

beforeEach(async () => {
  [served, bodies] = [[], new Map()];
  home = await mkdtemp(join(tmpdir(), 'banyan-inputs-'));
  server = createServer((request, response) => {
    served.push(request.url ?? '');
    response.end(bodies.get(request.url ?? ''));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.close();
  await rm(home, { recursive: true, force: true });
});

function offer(path: string, content: string): SignedFile {
  const bytes = Buffer.from(content);
  const address = `/api/signed/${path}?signature=1`;
  bodies.set(address, bytes);
  return {
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
    url: address,
  };
}

it('fetches each content once and puts it under its path in every job', async () => {
  const cache = openInputCache(url, home, 1e6);
  const files = [offer('a.csv', 'x,y\n1,2\n'), offer('deep/b.txt', 'hello')];
  for (const job of ['one', 'two']) {
    await cache.fetchInto(join(home, job), files, signal);
    expect(await readFile(join(home, job, 'deep/b.txt'), 'utf8')).toBe('hello');
  }
  expect(served).toHaveLength(2);
});

it('refuses bytes that are not those announced, and keeps nothing of them', async () => {
  const file = offer('a.csv', 'right');
  bodies.set(file.url, Buffer.from('wrong'));
  await expect(openInputCache(url, home, 1e6).fetchInto(join(home, 'job'), [file], signal)).rejects.toThrow(
    /a\.csv arrived damaged/,
  );
  expect(await readdir(join(home, 'cache'))).toEqual([]);
});

it('stays within its size: what was used longest ago goes first, what is in use stays', async () => {
  const cache = openInputCache(url, home, 25);
  const files = ['a', 'b', 'c'].map((name) => offer(name, name.repeat(10)));
  for (const file of files) await cache.fetchInto(join(home, 'job'), [file], signal);
  expect((await readdir(join(home, 'cache'))).sort()).toEqual(
    files
      .slice(1)
      .map(({ sha256 }) => sha256)
      .sort(),
  );
  expect(await readFile(join(home, 'job/a'), 'utf8')).toBe('aaaaaaaaaa');
});

it('fetches several at once, the same content into several places, and stays within its size', async () => {
  const contents = Array.from({ length: 40 }, (_, at) => `${at % 20}`.padEnd(10, '.'));
  const files = contents.map((content, at) => offer(`f${at}`, content));
  // The first is not answered before a second asks: whoever fetches one after the other would wait for ever.
  let first: (() => void) | undefined;
  server.prependListener('request', (_request, response) => {
    if (served.length > 0) return first?.();
    const end = response.end.bind(response);
    response.end = ((body: Buffer) => {
      first = () => end(body);
      return response;
    }) as typeof response.end;
  });
  await openInputCache(url, home, 65).fetchInto(join(home, 'job'), files, signal);
  const found = await Promise.all(files.map(({ path }) => readFile(join(home, 'job', path), 'utf8')));
  expect(found).toEqual(contents);
  expect((await readdir(join(home, 'cache'))).length).toBeLessThanOrEqual(6);
});

it('tells the file that failed, not those that were ended for it', async () => {
  const files = Array.from({ length: 30 }, (_, at) => offer(`f${at}`, `content ${at}`));
  bodies.set(files[5]!.url, Buffer.from('wrong'));
  await expect(openInputCache(url, home, 1e6).fetchInto(join(home, 'job'), files, signal)).rejects.toThrow(
    /f5 arrived damaged/,
  );
});

it('two files at one place: refused, and what is cached of both stays what it is', async () => {
  const files = [offer('one', 'first'), { ...offer('two', 'other'), path: 'one' }];
  const cache = openInputCache(url, home, 1e6);
  await cache.fetchInto(
    join(home, 'before'),
    files.map((file, at) => ({ ...file, path: `${at}` })),
    signal,
  );
  await expect(cache.fetchInto(join(home, 'job'), files, signal)).rejects.toThrow(/EEXIST/);
  const cached = files.map(({ sha256 }) => readFile(join(home, 'cache', sha256), 'utf8'));
  expect(await Promise.all(cached)).toEqual(['first', 'other']);
});

it('never writes outside the folder', async () => {
  const file = { ...offer('x', 'x'), path: '../outside' };
  await expect(openInputCache(url, home, 1e6).fetchInto(join(home, 'job'), [file], signal)).rejects.toThrow(
    /leaves/,
  );
});
