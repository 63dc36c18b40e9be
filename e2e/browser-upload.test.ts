import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileUrl, readUpload } from '@banyan/contract';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chromiumFlags, chromiumPath } from './chromium.ts';
import { freePort, type HubProcess, newFolder, startHub } from './hub-process.ts';
import { type Member, signUp } from './person.ts';
import { openSlowLine, type SlowLine } from './slow-line.ts';

/** 60 MB go in eight parts. */
const bytes = randomBytes(60_000_000);
const partBytes = 8 * 1024 * 1024;
const parts = Math.ceil(bytes.length / partBytes);
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

let hub: HubProcess;
let line: SlowLine;
let browser: Browser;
let context: BrowserContext;
let owner: Member;
let folder: string;
let file: string;

beforeAll(async () => {
  const port = await freePort();
  line = await openSlowLine(() => port, 6_000_000);
  [hub, browser, folder] = await Promise.all([
    startHub({ port, env: { BANYAN_LOCAL_WORKER: 'off', BANYAN_PUBLIC_URL: line.url } }),
    chromium.launch({ executablePath: chromiumPath, args: chromiumFlags }),
    newFolder('banyan-upload-'),
  ]);
  file = join(folder, 'readings.bin');
  await writeFile(file, bytes);
  owner = await signUp(
    hub.url,
    { setup: hub.setupCode },
    { username: 'wangari', name: 'Wangari', password: 'seven trees in a row' },
  );
  for (const name of ['readings', 'folder', 'left'])
    await owner.api.repositories.create({ kind: 'dataset', namespace: 'wangari', name });
  context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${line.url}/sign-in`);
  await page.getByLabel('User name').fill('wangari');
  await page.getByLabel('Password', { exact: true }).fill('seven trees in a row');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${line.url}/`);
  await page.close();
}, 120_000);
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await context.pages()[0]?.screenshot({ path: join(tmpdir(), 'banyan-upload-failure.png') });
});
afterAll(async () => {
  await browser?.close();
  await line?.close();
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The files tab of a dataset. */
async function openFiles(name: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${line.url}/datasets/wangari/${name}?tab=files`);
  return page;
}

const begin = async (page: Page): Promise<void> => {
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: 'Add 1 file' }).click();
};

const download = async (name: string, path: string): Promise<Uint8Array> => {
  const response = await fetch(fileUrl(hub.url, 'dataset', `wangari/${name}`, 'main', path), {
    headers: { authorization: `Bearer ${owner.token}` },
  });
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
};

it('goes on after the line was cut and after the page was closed, sending only what is missing', {
  timeout: 120_000,
}, async () => {
  const first = await openFiles('readings');
  const beforeAll = line.sentBytes();
  const sent = (): number => line.sentBytes() - beforeAll;
  await begin(first);
  await expect.poll(sent, { timeout: 60_000 }).toBeGreaterThan(10_000_000);
  line.cut();
  await first.getByText('Uploading 1 file').waitFor();
  line.mend();
  await context.setOffline(true);
  await first.getByText('Waiting for the connection').waitFor();
  await context.setOffline(false);
  // Three parts are under way at once: by now some have arrived, some have not.
  await expect.poll(sent, { timeout: 60_000 }).toBeGreaterThan(45_000_000);
  await first.getByRole('button', { name: 'Pause' }).click();
  await first.getByText('Paused').waitFor();
  const id = await first.evaluate(() => {
    const notes = JSON.parse(localStorage.getItem('banyan.uploads') ?? '{}') as Record<
      string,
      { id: string }
    >;
    return Object.values(notes)[0]!.id;
  });
  await first.close();
  // What was still under way is gone with the page.
  line.cut();
  line.mend();
  const { received } = await readUpload(owner.options, id);
  expect(received.length).toBeGreaterThan(0);
  expect(received.length).toBeLessThan(parts);

  const second = await openFiles('readings');
  const beforeRest = line.sentBytes();
  await begin(second);
  await second.getByText(/were at the hub already/).waitFor();
  // Its Stop goes earlier, when the commit begins.
  await second.getByRole('region', { name: 'Upload' }).waitFor({ state: 'detached' });
  const missing = Array.from({ length: parts }, (_, index) => index + 1).filter(
    (number) => !received.includes(number),
  );
  const missingBytes = missing.reduce(
    (sum, number) => sum + (number === parts ? bytes.length - (parts - 1) * partBytes : partBytes),
    0,
  );
  expect(line.sentBytes() - beforeRest).toBeGreaterThan(missingBytes);
  expect(line.sentBytes() - beforeRest).toBeLessThan(missingBytes + 1_000_000);
  expect(sha256(await download('readings', 'readings.bin'))).toBe(sha256(bytes));
  await second.close();
});

it('asks before an upload is left', { timeout: 60_000 }, async () => {
  const page = await openFiles('left');
  await begin(page);
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.getByRole('link', { name: 'Projects' }).first().click();
  await page.getByText('Files are still being uploaded.').waitFor();
  await page.getByRole('button', { name: 'Stay' }).click();
  expect(page.url()).toContain('/datasets/wangari/left');
  const asked = page.waitForEvent('dialog');
  void page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/Stopped. Nothing was added/).waitFor();
  expect(
    (await owner.api.repositories.get({ kind: 'dataset', namespace: 'wangari', name: 'left' })).head,
  ).toBe(undefined);
  await page.close();
});

it('takes a folder with its paths, without its hidden files', { timeout: 60_000 }, async () => {
  const tree = join(folder, 'survey');
  await mkdir(join(tree, 'north/day-1'), { recursive: true });
  await mkdir(join(tree, '.git'), { recursive: true });
  await writeFile(join(tree, 'README.md'), '# Survey\n');
  await writeFile(join(tree, 'north/day-1/a.csv'), 'x,y\n1,2\n');
  await writeFile(join(tree, 'north/b.csv'), '');
  await writeFile(join(tree, '.git/config'), 'secret');
  const page = await openFiles('folder');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'a folder' }).click();
  await (await chooser).setFiles(tree);
  await page.getByText('1 hidden file left out.').waitFor();
  await page.getByRole('button', { name: 'Add 3 files' }).click();
  await page.getByRole('button', { name: 'Add 3 files' }).waitFor({ state: 'detached' });
  await page.getByText('north').first().waitFor();
  const { files } = await owner.api.repositories.tree({
    kind: 'dataset',
    namespace: 'wangari',
    name: 'folder',
    recursive: true,
  });
  expect(files.map(({ path }) => path).sort()).toEqual([
    'survey/README.md',
    'survey/north/b.csv',
    'survey/north/day-1/a.csv',
  ]);
  expect(String(Buffer.from(await download('folder', 'survey/north/day-1/a.csv')))).toBe('x,y\n1,2\n');
  await page.close();
});
