import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chromiumFlags, chromiumPath } from './chromium.ts';
import { type HubProcess, startHub } from './hub-process.ts';
import { packageFile } from './package-file.ts';

let hub: HubProcess;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [hub, browser] = await Promise.all([
    startHub(),
    chromium.launch({ executablePath: chromiumPath, args: chromiumFlags }),
  ]);
  page = await browser.newPage();
  page.setDefaultTimeout(40_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refusal that the page shows (404, 403) is logged by the browser too; what matters is scripts and policies.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
}, 120_000);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await page.screenshot({ path: join(tmpdir(), 'banyan-browser-failure.png') });
});

afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
const fill = (label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value);
const see = (text: string | RegExp) => page.getByText(text).first().waitFor();
const heading = (name: string | RegExp) => page.getByRole('heading', { name }).first().waitFor();

it('takes a newcomer from the set-up link to a served and explained model', {
  timeout: 300_000,
}, async () => {
  await page.goto(`${hub.url}/setup?code=${hub.setupCode}`);
  await fill('Your name', 'Wangari');
  await fill('Password', 'seven trees in a row');
  await press("Create the owner's account");
  await page.waitForURL(`${hub.url}/`);

  await page.goto(`${hub.url}/new-project`);
  await fill('Title', 'Forest');
  await press('Start the project');
  await heading('Forest');

  await page.goto(`${hub.url}/new-dataset?namespace=forest`);
  await fill('Title', 'Penguins');
  await press('Continue to the files');
  await page.locator('input[type=file]').setInputFiles(packageFile('vega-datasets', 'data/penguins.json'));
  await press('Add 1 file');
  // Leaving the page before the commit is acknowledged would stop the upload.
  await page.getByRole('link', { name: 'penguins.json' }).waitFor();

  await page.goto(`${hub.url}/datasets/forest/penguins?tab=prepare`);
  await fill('Name of the result', 'penguins-prepared');
  await page.getByLabel('Recipe').fill(
    JSON.stringify({
      task: 'classification',
      target: 'Species',
      steps: [
        { impute: { columns: '*', numbers: 'median', strings: 'mode' } },
        { scale: { columns: '*', method: 'standard' } },
        { encode: { columns: '*', method: 'one-hot' } },
      ],
      split: { method: 'stratified', by: 'Species', train: 0.6, valid: 0.15, test: 0.25 },
    }),
  );
  await press('Prepare');
  await see('Ready:');

  await page.goto(`${hub.url}/projects/forest/new-run?dataset=forest/penguins-prepared`);
  await page.getByRole('radio', { name: /Multilayer perceptron/ }).check();
  await page.getByLabel('Arithmetic', { exact: true }).selectOption('deterministic');
  await press('Start the run');
  await page.waitForURL(/\/runs\//);
  await see('succeeded');
  await heading('On held-out rows');
  await see('deterministic: the same weights on every machine');
  await see(/onnxruntime-web [\d.]+ \(wasm, 1 thread\)/);
  expect(await page.locator('canvas').count()).toBeGreaterThan(0);

  await page.goto(`${hub.url}/models/forest/penguins?tab=explanation`);
  await press(/^Explain/);
  await see('Beak Length (mm)');

  await press('Deploy');
  await page.waitForURL(/\/deployments\//);
  await press('Fill with a real row');
  await press('Predict');
  await see(/Adelie|Chinstrap|Gentoo/);

  expect(complaints).toEqual([]);
});

it('tells a stranger that a private thing does not exist', { timeout: 60_000 }, async () => {
  const stranger = await browser.newPage();
  await stranger.goto(`${hub.url}/datasets/forest/penguins`);
  await stranger.getByRole('link', { name: 'Sign in' }).first().waitFor();
  expect(await stranger.getByText('penguins.json').count()).toBe(0);
  const answer = await stranger.request.get(`${hub.url}/api/v1/repositories/dataset/forest/penguins`);
  expect([401, 404]).toContain(answer.status());
  await stranger.close();
});

it('works on a telephone without scrolling sideways', { timeout: 60_000 }, async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of [
    '/',
    '/projects/forest',
    '/datasets/forest/penguins',
    '/models/forest/penguins',
    '/compute',
  ]) {
    await page.goto(`${hub.url}${path}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow, path).toBeLessThanOrEqual(0);
  }
});
