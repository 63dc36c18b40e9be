import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FitData } from '@banyan/algorithms';
import { createRandom } from '@banyan/engine';
import { type ClassicName, classics, hashes, trainClassic } from '@banyan/engine/classics';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSite } from './browser-training/site.ts';
import { type Answers, fitted, type Task } from './browser-training/task.ts';

const executablePath = process.env['BANYAN_CHROMIUM'] ?? '/usr/bin/chromium';
const quiet = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
];
/** WebGPU on a processor, by way of Vulkan, where there is no graphics card. */
const software = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
const driver = process.env['VK_ICD_FILENAMES'] ?? '/usr/lib/chromium/vk_swiftshader_icd.json';

let folder: string;
let site: Awaited<ReturnType<typeof openSite>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'banyan-browser-training-'));
  site = await openSite(folder);
}, 120_000);

afterAll(async () => {
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

async function openPage(args: readonly string[]): Promise<{ browser: Browser; page: Page }> {
  const browser = await chromium.launch({
    executablePath,
    args: [...quiet, ...args],
    env: { ...process.env, VK_ICD_FILENAMES: driver },
  });
  const page = await browser.newPage();
  await page.goto(site.url);
  return { browser, page };
}

const ask = <K extends Task['kind']>(page: Page, task: Extract<Task, { kind: K }>): Promise<Answers[K]> =>
  page.evaluate((task) => window.perform(task), task as Task) as Promise<Answers[K]>;

/** Whether every step's loss is within 1e-3 of Node's, relative to its size. */
async function expectLossesOfNode(classic: ClassicName, losses: readonly number[]): Promise<void> {
  const { trainer, losses: wanted } = await trainClassic(classic, losses.length, { threads: 1 });
  await trainer.close();
  const worst = Math.max(...losses.map((loss, step) => Math.abs(loss / (wanted[step] as number) - 1)));
  expect(worst).toBeLessThan(1e-3);
  expect(losses.at(-1)).not.toBe(losses[0]);
}

const names = Object.keys(classics) as ClassicName[];

describe('in a web worker of headless Chromium', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    ({ browser, page } = await openPage(['--disable-gpu']));
  });
  afterAll(() => browser?.close());

  it('sessions on WebAssembly keep their promises, with one kernel thread, with two, and in a thread', async () => {
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
    for (const [threads, threaded] of [
      [1, false],
      [2, false],
      [1, true],
    ] as const) {
      const kept = await ask(page, { kind: 'conform', place: { provider: 'wasm', threads }, threaded });
      expect(Object.values(kept).length).toBeGreaterThan(10);
      expect(Object.entries(kept).filter(([, broken]) => broken !== '')).toEqual([]);
    }
  });

  it.each(names)(
    '50 steps of %s in the deterministic lane end in the bits of every machine',
    async (classic) => {
      const place = { lane: 'deterministic' } as const;
      const { hash, runtime } = await ask(page, { kind: 'train', classic, steps: 50, place });
      expect(runtime).toMatchObject({ provider: 'wasm', threads: 1 });
      expect(hash).toBe(hashes[classic]);
    },
  );

  it.each(['mlp', 'gpt'] as const)(
    '50 steps of %s on two kernel threads lose as in Node',
    async (classic) => {
      const { losses, runtime } = await ask(page, {
        kind: 'train',
        classic,
        steps: 50,
        place: { threads: 2 },
      });
      expect(runtime).toMatchObject({ provider: 'wasm', threads: 2 });
      await expectLossesOfNode(classic, losses);
    },
  );

  it('a whole run of an algorithm, with its validations and early stopping, ends in the bits of Node', async () => {
    const config = { hidden: [12], dropout: 0.1, epochs: 8, patience: 2 };
    const options = { seed: 3, lane: 'deterministic' } as const;
    const run = { kind: 'fit', config, data: points(), options } as const;
    expect(await ask(page, run)).toEqual(await fitted(run));
  });

  it('says what is missing where threads, files or a GPU are', async () => {
    const bare = await browser.newPage();
    await bare.route(site.url, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { 'content-type': 'text/html' } });
    });
    await bare.goto(site.url);
    const train = (place: Extract<Task, { kind: 'train' }>['place']) =>
      ask(bare, { kind: 'train', classic: 'mlp', steps: 1, place });
    await expect(train({ threads: 2 })).rejects.toThrow('Cross-Origin-Opener-Policy: same-origin');
    await expect(train({ provider: 'webgpu' })).rejects.toThrow(/this browser (has no WebGPU|offers no GPU)/);
    const beside = { seed: 1, loadIn: 'thread' } as const;
    await expect(ask(bare, { kind: 'fit', config: {}, data: points(), options: beside })).rejects.toThrow(
      'a browser makes batches where it trains',
    );
    const { hash } = await ask(bare, {
      kind: 'train',
      classic: 'mlp',
      steps: 50,
      place: { lane: 'deterministic' },
    });
    expect(hash).toBe(hashes.mlp);
    await bare.close();
  });
});

describe('on WebGPU', () => {
  it('sessions keep their promises, and steps of mlp and gpt lose as in Node', {
    timeout: 240_000,
  }, async (context) => {
    const { browser, page } = await openPage(software);
    try {
      const adapter = await page.evaluate(async () => {
        const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<object | null> } };
        if (gpu === undefined) return 'navigator.gpu is missing';
        return (await gpu.requestAdapter()) === null ? 'requestAdapter() finds none' : 'there';
      });
      if (adapter !== 'there') context.skip(`this Chromium has no WebGPU: ${adapter}`);
      const place = { provider: 'webgpu', threads: 1 } as const;
      const kept = await ask(page, { kind: 'conform', place, threaded: false });
      // ONNX Runtime 1.30 opens no graph on WebGPU that compares texts; training compares none.
      expect(Object.entries(kept).filter(([, broken]) => broken !== '')).toEqual([
        ['compares texts', expect.stringContaining('Provider type for Equal')],
      ]);
      for (const [classic, steps] of [
        ['mlp', 50],
        ['gpt', 8],
      ] as const) {
        const { losses, runtime } = await ask(page, { kind: 'train', classic, steps, place });
        expect(runtime.provider).toBe('webgpu');
        await expectLossesOfNode(classic, losses);
      }
      const run = { kind: 'fit', config: { hidden: [12], epochs: 1 }, data: points() } as const;
      const { metrics } = await ask(page, { ...run, options: { seed: 3, provider: 'webgpu', threads: 1 } });
      const native = await fitted({ ...run, options: { seed: 3, threads: 1 } });
      expect(metrics['log_loss']).toBeCloseTo(Number(native.metrics['log_loss']), 4);
    } finally {
      await browser.close();
    }
  });
});

/** Points in three classes, the same on every machine. */
function points(): FitData {
  const random = createRandom('points');
  const part = (rows: number) => {
    const x = Float32Array.from({ length: rows * 4 }, () => random.normal());
    const y = Int32Array.from({ length: rows }, (_, row) => {
      const scores = x.subarray(row * 4, row * 4 + 3);
      return scores.indexOf(Math.max(...scores));
    });
    return { rows, shape: [4], x, y };
  };
  return {
    shape: { kind: 'tabular', task: 'classification', shape: [4], classes: ['a', 'b', 'c'] },
    train: part(300),
    valid: part(90),
  };
}
