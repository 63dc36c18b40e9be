import { uploadBlob } from '@banyan/contract';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chromiumFlags, chromiumPath } from './chromium.ts';
import { type HubProcess, startHub } from './hub-process.ts';
import { invite, signUp } from './person.ts';

const password = 'a long pass phrase';

let hub: HubProcess;
let browser: Browser;
let page: Page;
let ana: Awaited<ReturnType<typeof signUp>>;
const complaints: string[] = [];
const at = { kind: 'dataset' as const, namespace: 'ana', name: 'birds' };

async function commit(files: Record<string, string>, branch = 'main') {
  const operations = [];
  for (const [path, text] of Object.entries(files)) {
    const { sha256 } = await uploadBlob(ana.options, new TextEncoder().encode(text));
    operations.push({ op: 'add' as const, path, sha256 });
  }
  return ana.api.repositories.commit({ ...at, branch, message: 'By another hand', operations });
}

beforeAll(async () => {
  [hub, browser] = await Promise.all([
    startHub({ env: { BANYAN_LOCAL_WORKER: 'off' } }),
    chromium.launch({ executablePath: chromiumPath, args: chromiumFlags }),
  ]);
  ana = await signUp(hub.url, { setup: hub.setupCode }, { username: 'ana', name: 'Ana', password });
  await ana.api.repositories.create({ ...at, title: 'Birds' });
  await commit({
    'birds.csv': 'bird,weight\nwren,0.01\nowl,2.5\n',
    'deep/er/notes.md': '# Notes\n\nSeen **early**.',
  });
  page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(`${hub.url}/sign-in`);
  await page.getByLabel('User name').fill('ana');
  await page.getByLabel('Password').fill(password);
  await press('Sign in');
  await page.waitForURL(`${hub.url}/`);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const see = (text: string | RegExp) => page.getByText(text).first().waitFor();
const open = (search: string) => page.goto(`${hub.url}/datasets/ana/birds${search}`);
const card = async () => (await ana.api.repositories.card(at)).markdown;

it('starts a card, tells what is wrong with it at its line, and commits it', async () => {
  await open('');
  await press('Start a card');
  const text = page.getByLabel('README.md');
  await text.waitFor();
  const started = await text.inputValue();
  expect(started).toContain('# Birds');
  await text.fill(started.replace('# license: as cc-by-4.0', 'license: [mit'));
  await page
    .getByRole('button', { name: /^line \d+$/ })
    .first()
    .waitFor();
  await text.fill(started.replace('# license: as cc-by-4.0', 'license: mit'));
  await see('MIT License');
  await press('Commit');
  await page.getByRole('button', { name: 'Edit the card' }).waitFor();
  expect(await card()).toContain('license: mit');
  await see(/^@misc\{ana\d{4}birds/);
  expect(await page.locator('script[type="application/ld+json"]').textContent()).toContain('cr:FileObject');
});

it('tells of a card that somebody else changed meanwhile, and lets one choose', async () => {
  await open('');
  await press('Edit the card');
  await commit({ 'README.md': '# Theirs\n' });
  await page.getByLabel('README.md').fill('# Mine\n');
  await press('Commit');
  await see(/is at .* now, not at/);
  expect(await card()).toBe('# Theirs\n');
  await press('Commit mine on top of the newest');
  await page.getByRole('button', { name: 'Edit the card' }).waitFor();
  expect(await card()).toBe('# Mine\n');
});

it('walks through folders, looks into files, and undoes a version', async () => {
  await open('?tab=files');
  await page.getByRole('link', { name: 'deep/' }).click();
  await page.getByRole('link', { name: 'er/' }).click();
  await page.getByRole('link', { name: 'notes.md' }).click();
  await page.locator('strong', { hasText: 'early' }).waitFor();
  await open('?tab=files&file=birds.csv');
  await see(/wren,0\.01/);
  await open('?tab=versions');
  await page.getByRole('table').getByRole('link', { name: 'Edit the card' }).first().click();
  await see('-# Theirs');
  await press('Undo this change');
  await press('Yes, undo it on main');
  await see('+# Theirs');
  expect(await card()).toBe('# Theirs\n');
});

it('talks, and merges what was proposed', async () => {
  await open('?tab=discussions');
  await press('Start a discussion');
  await page.getByLabel('Title').fill('Which wren?');
  await page.getByLabel('What is it about?').fill('There are *many*.');
  await press('Start it');
  await page.locator('em', { hasText: 'many' }).waitFor();
  await page.getByLabel('Say something').fill('<img src=x onerror=alert(1)> the small one');
  await press('Comment');
  await see('<img src=x onerror=alert(1)> the small one');
  const said = page.getByRole('article', { name: 'Comment by ana' });
  await said.filter({ hasText: 'the small one' }).getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Your comment').fill('the *smallest* one');
  await press('Save');
  await said.last().locator('em', { hasText: 'smallest' }).waitFor();
  await said.last().getByText('edited').waitFor();
  await said.last().getByRole('button', { name: 'Hide' }).click();
  await press('Hide it for good');
  await see('This comment was hidden.');
  await press('Close');
  await press('Open again');

  const pull = await ana.api.discussions.open({ ...at, title: 'A better card', pullRequest: true });
  await commit({ 'README.md': '# Better\n' }, `refs/pr/${pull.number}`);
  await open(`?tab=discussions&number=${pull.number}`);
  await see('+# Better');
  await press('Open for review');
  await press('Merge into main');
  await see('merged this as');
  expect(await card()).toBe('# Better\n');

  const late = await ana.api.discussions.open({ ...at, title: 'Another card', pullRequest: true });
  await commit({ 'README.md': '# Late\n' }, `refs/pr/${late.number}`);
  await ana.api.discussions.setStatus({ ...at, number: late.number, status: 'open' });
  await commit({ 'README.md': '# Earlier\n' });
  await open(`?tab=discussions&number=${late.number}`);
  await see('It cannot be merged as it is.');
  expect(await page.getByRole('button', { name: 'Merge into main' }).isDisabled()).toBe(true);
  await page.getByLabel('README.md').selectOption('The version of this pull request');
  await press('Update from main');
  await see('-# Earlier');
  await press('Merge into main');
  await see('merged this as');
  expect(await card()).toBe('# Late\n');
});

it('a change of the card and files are proposed, by who may not write here and by who may', async () => {
  await open('');
  await press('Edit the card');
  await page.getByLabel('README.md').fill('# Proposed\n');
  await page.getByLabel(/^Propose it in a pull request/).check();
  await press('Open a pull request');
  await see('+# Proposed');
  expect(await card()).toBe('# Late\n');
  await commit({ 'more.csv': 'bird\nrobin\n' });
  await page.reload();
  await see('It is outdated: main has moved on since it began.');
  await press('Update from main');
  await page.getByText('It is outdated').waitFor({ state: 'detached' });
  await press('Merge into main');
  await see('merged this as');
  expect(await card()).toBe('# Proposed\n');

  await ana.api.repositories.update({ ...at, visibility: 'public' });
  await invite(ana, { username: 'ben', name: 'Ben', password });
  const his = await browser.newContext();
  const second = await his.newPage();
  second.setDefaultTimeout(20_000);
  second.on('pageerror', (error) => complaints.push(error.message));
  await second.goto(`${hub.url}/sign-in`);
  await second.getByLabel('User name').fill('ben');
  await second.getByLabel('Password').fill(password);
  await second.getByRole('button', { name: 'Sign in' }).click();
  await second.waitForURL(`${hub.url}/`);
  await second.goto(`${hub.url}/datasets/ana/birds`);
  await second.getByRole('button', { name: 'Propose a change' }).click();
  await second.getByLabel('README.md').fill('# By Ben\n');
  await second.getByRole('button', { name: 'Open a pull request' }).click();
  await second.getByText('+# By Ben').waitFor();
  expect(await second.getByRole('button', { name: 'Merge into main' }).count()).toBe(0);

  await second.goto(`${hub.url}/datasets/ana/birds?tab=files`);
  await second
    .getByLabel(/Drop files/)
    .setInputFiles({ name: 'gulls.csv', mimeType: 'text/csv', buffer: Buffer.from('gull\nherring\n') });
  await second.getByRole('button', { name: 'Propose 1 file' }).click();
  await second.getByRole('link', { name: /^pull request #/ }).click();
  await second.getByText('gulls.csv').first().waitFor();
  const { files } = await ana.api.repositories.tree({ ...at });
  expect(files.map(({ path }) => path)).not.toContain('gulls.csv');
  await his.close();
  expect(complaints).toEqual([]);
});
