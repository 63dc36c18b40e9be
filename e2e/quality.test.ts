import { setTimeout as sleep } from 'node:timers/promises';
import { uploadBlob } from '@banyan/contract';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runBanyan } from './banyan.ts';
import { chromiumFlags, chromiumPath } from './chromium.ts';
import { type HubProcess, startHub } from './hub-process.ts';
import { type Member, signUp } from './person.ts';

let hub: HubProcess;
let browser: Browser;
let context: BrowserContext;
let ana: Member;
const password = 'seven trees in a row';

/** Patients whose mails are in the open, whose ward tells the outcome, and who grow older from one version to the next. */
function patients(older: number): string {
  const lines = ['patient,email,age,weight,height,site,ward,note,outcome'];
  for (let i = 0; i < 400; i++) {
    const noise = (salt: number) => (Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453) % 1;
    const outcome = noise(1) > 0.1 ? 'well' : 'ill';
    const height = 165 + noise(2) * 25;
    lines.push(
      [
        `P${1000 + i}`,
        `person${i}@clinic.example.org`,
        (45 + older + noise(3) * 20).toFixed(0),
        (height * 0.6 + noise(4) * 8 - 25).toFixed(1),
        height.toFixed(1),
        'north',
        outcome === 'well' ? 'A' : 'B',
        i % 3 === 0 ? 'seen' : '',
        outcome,
      ].join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}

const at = (name: string) => ({ kind: 'dataset' as const, namespace: 'ana', name });

async function commit(name: string, message: string, content: string): Promise<void> {
  const { sha256 } = await uploadBlob(ana.options, new Blob([content]));
  await ana.api.repositories.commit({
    ...at(name),
    message,
    operations: [{ op: 'add', path: 'patients.csv', sha256 }],
  });
  await profiled(name);
}

async function profiled(name: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const { state, message } = await ana.api.repositories.profile(at(name));
    if (state === 'ready') return;
    if (state === 'failed') throw new Error(message);
    await sleep(200);
  }
  throw new Error(`${name} was never profiled`);
}

const visibilityOf = async (name: string) => (await ana.api.repositories.get(at(name))).visibility;

beforeAll(async () => {
  [hub, browser] = await Promise.all([
    startHub(),
    chromium.launch({ executablePath: chromiumPath, args: chromiumFlags }),
  ]);
  ana = await signUp(hub.url, { setup: hub.setupCode }, { username: 'ana', name: 'Ana', password });
  for (const name of ['patients', 'copy']) await ana.api.repositories.create(at(name));
  await commit('patients', 'First visits', patients(0));
  await commit('patients', 'Ten years later', patients(10));
  await commit('copy', 'First visits', patients(0));
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${hub.url}/sign-in`);
  await page.getByLabel('User name').fill('ana');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${hub.url}/`);
  await page.close();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

async function open(path: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${hub.url}${path}`);
  return page;
}

it('tells what is wrong with a version: masked personal data first, then findings, drift and relations', async () => {
  const page = await open('/datasets/ana/patients?tab=quality');
  await page.getByRole('heading', { name: 'Probably personal data' }).waitFor();
  const text = await page.locator('main').innerText();
  expect(text).toContain('email');
  // Masked: no whole address is on the page.
  expect(text).not.toMatch(/person\d+@clinic/);
  expect(text).toMatch(/"age" is not distributed as in the version before/);
  expect(text).toMatch(/"site" is the same in every row/);
  expect(text).toMatch(/"ward".*"outcome"|"outcome".*"ward"/);
  expect(text).toContain('select: { except: [site] }');
  await page.getByRole('img', { name: /How age was distributed before and is now/ }).waitFor();
  await page.getByRole('table', { name: /belong together/ }).waitFor();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    ).toBeLessThanOrEqual(0);
  }
  await page.close();
}, 60_000);

it('asks before a dataset with personal data is published, and publishes it once that is acknowledged', async () => {
  const purposes = ['Care, and research on it', 'Teaching'];
  await ana.api.repositories.update({ ...at('patients'), terms: { purposes } });
  const page = await open('/datasets/ana/patients?tab=access');
  await page.getByText('Change the terms').click();
  const publish = async () => {
    await page.getByLabel('Visibility').selectOption('public');
    await page.getByRole('button', { name: 'Save the terms' }).click();
    await page.getByRole('dialog', { name: /probably holds personal data/ }).waitFor();
  };
  await publish();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('email', { exact: true }).first().waitFor();
  expect(await dialog.getByRole('button', { name: 'Publish all the same' }).isDisabled()).toBe(true);
  await dialog.getByRole('button', { name: 'Keep it private' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await visibilityOf('patients')).toBe('private');

  await publish();
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Publish all the same' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Saved' }).waitFor();
  expect(await visibilityOf('patients')).toBe('public');
  const { items } = await ana.api.ledger.list({ namespace: 'ana' });
  expect(JSON.stringify(items)).toContain('acknowledgedPersonalData');
  // The form gives back the terms that nobody touched.
  expect((await ana.api.repositories.get(at('patients'))).terms.purposes).toEqual(purposes);
  await page.close();
}, 60_000);

it('warns of what a prepared version gives away', async () => {
  await ana.api.organisations.create({ slug: 'clinic', title: 'The clinic' });
  await ana.api.projects.create({ slug: 'visits', title: 'Visits', organisations: ['clinic'] });
  const recipe = {
    task: 'classification',
    target: 'outcome',
    steps: [{ select: { except: ['patient', 'email', 'note'] } }, { scale: {} }, { encode: {} }],
    split: { method: 'stratified', by: 'outcome', train: 0.6, valid: 0.1, test: 0.3 },
  };
  const { id } = await ana.api.jobs.prepare({
    project: 'visits',
    dataset: 'ana/patients',
    recipe,
    output: 'ana/prepared',
  });
  for (;;) {
    const { state, error } = await ana.api.jobs.get({ id });
    if (error !== undefined) throw new Error(error.message);
    if (state === 'succeeded') break;
    await sleep(200);
  }
  await profiled('prepared');
  const page = await open('/datasets/ana/prepared?tab=quality');
  await page.getByText(/"ward" alone predicts "outcome" suspiciously well/).waitFor();
  await page.getByText('select: { except: [ward] }').waitFor();
  await page.close();
}, 60_000);

const banyan = (...words: string[]) => runBanyan(words, { as: ana.options });

it('does the same at the command line', async () => {
  const report = await banyan('dataset', 'quality', 'ana/copy');
  expect(report).toMatchObject({ code: 0 });
  expect(report.stdout).toMatch(/high +personal +"email" probably holds personal data/);
  expect(report.stdout).toContain('400 rows looked at');
  const refused = await banyan('dataset', 'publish', 'ana/copy');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /email \(email\).*\n.*banyan dataset quality ana\/copy.*--acknowledge-personal-data/s,
  );
  expect(await visibilityOf('copy')).toBe('private');
  const opened = await banyan(
    'dataset',
    'publish',
    'ana/copy',
    '--to',
    'gated',
    '--acknowledge-personal-data',
  );
  expect(opened).toMatchObject({ code: 0, stdout: expect.stringContaining('ana/copy is gated now') });
  expect(await visibilityOf('copy')).toBe('gated');
}, 60_000);
