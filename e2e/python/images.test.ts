/** Images: resized as torch resizes them; a normalising model answers the same bytes as in Python's onnxruntime. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportModel, shapeOfPrepared } from '@banyan/algorithms';
import { encodePng, loadSplit, parseRecipe, prepare, rawRows } from '@banyan/data';
import { openModel } from '@banyan/serving';
import { afterAll, expect, test } from 'vitest';
import { newFolder } from '../hub-process.ts';
import { openPython } from './python.ts';
import { train } from './training.ts';

const python = await openPython('images.py');
const home = await newFolder('banyan-images-');
afterAll(async () => {
  python.close();
  await rm(home, { recursive: true });
});

/** Pixels [height, width, 3] without any order, lighter in one class. */
const noise = (at: number, height: number, width: number) =>
  Uint8Array.from(
    { length: height * width * 3 },
    (_, i) => ((i * i * 7 + i * 13 + at * 31 + Math.floor(i / 7) * 91) % 200) + (at % 2) * 55,
  );

async function folderOf(sizes: (at: number) => [number, number]) {
  const files = Array.from({ length: 60 }, (_, at) => ({
    at,
    name: `${at % 2 ? 'light' : 'dark'}/${at}.png`,
  }));
  const folder = await newFolder('banyan-images-raw-');
  for (const { at, name } of files) {
    const [height, width] = sizes(at);
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), encodePng(noise(at, height, width), [height, width, 3]));
  }
  return { folder, files: files.map(({ name }) => ({ name, path: join(folder, name) })) };
}

test.each([
  [
    [12, 10],
    [31, 45],
  ],
  [
    [40, 50],
    [31, 45],
  ],
  [
    [20, 60],
    [31, 45],
  ],
] as const)('resized to %j from %j within a step of torch, antialias on', async (size, from) => {
  const { folder, files } = await folderOf(() => [...from]);
  const dir = join(folder, 'prepared');
  const recipe = `target: label\nsteps: [ image: { column: image, resize: [${size.join(', ')}] } ]\nsplit: { train: 0.8, valid: 0, test: 0.2 }`;
  await prepare({ files, recipe: parseRecipe(recipe), seed: 1, outDir: dir });
  const { x, rows } = await loadSplit(dir, 'test');
  const theirs = await python.ask<number[][]>('resized', {
    images: Array.from({ length: 60 }, (_, at) => Array.from(noise(at, ...from))),
    size: from,
    to: size,
  });
  const length = size[0] * size[1] * 3;
  for (let row = 0; row < rows; row++) {
    const ours = x.subarray(row * length, (row + 1) * length);
    const furthest = theirs.map((image) => Math.max(...image.map((value, i) => Math.abs(value - ours[i]!))));
    // Torch computes in floats and is not rounded; ours is rounded after each axis.
    expect(Math.min(...furthest)).toBeLessThanOrEqual(1.01);
  }
  await rm(folder, { recursive: true });
});

test.each([
  'channels: 3, normalise: fit',
  'channels: 1, normalise: fit',
  'normalise: { mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.1] }',
])(
  'a cnn on images with %s: raw bytes, the same answers in onnxruntime',
  async (options) => {
    const { folder, files } = await folderOf((at) => [20 + (at % 3), 24]);
    const dir = join(folder, 'prepared');
    const recipe = `target: label\nsteps: [ image: { column: image, resize: [14, 14], crop: [12, 12], ${options}, augment: { flip: horizontal, shift: 1, noise: 2 } } ]\nsplit: { method: stratified }`;
    const fitted = await prepare({ files, recipe: parseRecipe(recipe), seed: 1, outDir: dir });
    const shape = shapeOfPrepared(fitted);
    const data = { shape, train: await loadSplit(dir, 'train'), valid: await loadSplit(dir, 'valid') };
    const model = await train('cnn', { channels: [4], hidden: [8], epochs: 2 }, data);
    const onnx = join(folder, 'model.onnx');
    await writeFile(onnx, exportModel(model, fitted));
    await writeFile(
      join(folder, 'banyan.json'),
      JSON.stringify({
        format: 'banyan-model/1',
        algorithm: 'cnn',
        config: {},
        task: fitted.task,
        kind: fitted.kind,
        inputs: [{ name: 'image', type: 'image', shape: fitted.shape }],
        classes: shape.classes,
      }),
    );
    const served = await openModel(folder);
    const rows = await rawRows(dir, 'test');
    const ours = (await served.predict(rows.map(({ image }) => ({ image })))).flatMap((found) =>
      'probabilities' in found ? Object.values(found.probabilities) : [],
    );
    await served.close();
    const theirs = await python.ask<number[]>('probabilities', {
      model: onnx,
      images: rows.map(({ image }) => image),
      shape: fitted.shape,
    });
    expect(ours).toHaveLength(rows.length * 2);
    for (const [i, value] of ours.entries()) expect(Math.abs(value - theirs[i]!)).toBeLessThan(1e-6);
    await rm(folder, { recursive: true });
  },
  60_000,
);
