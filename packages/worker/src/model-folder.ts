import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Algorithm,
  AlgorithmError,
  type Evaluation,
  exportModel,
  hasHuggingFaceLayout,
  saveModel,
  type TrainedModel,
  writeHuggingFace,
} from '@banyan/algorithms';
import type { RunSpec, RuntimeFacts } from '@banyan/contract';
import type { Fitted, Split } from '@banyan/data';
import { openSession, rawColumns } from '@banyan/engine';
import type { ModelManifest } from '@banyan/serving';
import { modelCard } from './card.ts';
import type { OutputFile } from './outputs.ts';
import type { Prepared } from './prepared.ts';
import { drawSamples } from './samples.ts';

export interface Learned {
  model: TrainedModel;
  prepared: Prepared;
  test: Split;
  spec: RunSpec;
  algorithm: Algorithm;
  source: { dataset: string; revision: string };
  evaluation: Evaluation;
  baseline?: { algorithm: string; evaluation: Evaluation };
  runtime?: RuntimeFacts;
  steps: number;
  parameters: number;
}

/**
 * Writes what a model repository holds: model.onnx (raw rows in), model.safetensors, banyan.json, preparation.json,
 * tokenizer.json for text, samples.png for a vae, README.md. A language model comes as Hugging Face's library lays it
 * out, its graph in onnx/model.onnx.
 */
export async function writeModelFolder(folder: string, learned: Learned): Promise<OutputFile[]> {
  const { model, prepared, test } = learned;
  const { fitted } = prepared;
  const dir = join(folder, 'result');
  await mkdir(dir);
  const files = { ...ownFiles(learned), ...foreignFiles(learned) };
  const onnx = files['model.onnx'] ?? files['onnx/model.onnx'];
  const contents: Record<string, string | Uint8Array> = {
    ...files,
    'banyan.json': pretty(manifestOf(learned, onnx === undefined ? [] : await inputNames(onnx))),
    'preparation.json': pretty(preparationOf(fitted)),
  };
  if (model.algorithm === 'vae') contents['samples.png'] = await drawSamples(model, test);
  const samples = 'samples.png' in contents ? { samples: 'samples.png' } : {};
  contents['README.md'] = modelCard({
    ...learned,
    ...samples,
    model: learned.spec.model,
    config: model.config,
    seed: learned.spec.seed,
    lane: learned.spec.lane,
    fitted,
  });
  const written = [];
  for (const [path, content] of Object.entries(contents)) {
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    written.push({ path, file });
  }
  return written;
}

function ownFiles(learned: Learned): Record<string, Uint8Array> {
  // A language model's graph is the one that Hugging Face's layout has in onnx/.
  const onnx = learned.model.algorithm === 'gpt' ? undefined : exported(learned);
  const { tokenizer } = learned.prepared.fitted;
  return {
    'model.safetensors': saveModel(learned.model),
    ...(onnx === undefined ? {} : { 'model.onnx': onnx }),
    ...(tokenizer === undefined ? {} : { 'tokenizer.json': Buffer.from(pretty(tokenizer)) }),
  };
}

/** What Hugging Face's library loads, where it knows such models. */
const foreignFiles = ({ model, prepared }: Learned): Record<string, Uint8Array> =>
  hasHuggingFaceLayout(model)
    ? Object.fromEntries(writeHuggingFace(model, { tokenizer: prepared.fitted.tokenizer }))
    : {};

/** Baselines that only score (a count of words, say) have no graph to serve; they are kept as weights. */
function exported({ model, prepared }: Learned): Uint8Array | undefined {
  try {
    return exportModel(model, prepared.fitted);
  } catch (error) {
    if (error instanceof AlgorithmError && error.code === 'export') return undefined;
    throw error;
  }
}

/** The names of the graph's inputs, in the order of the columns; also proves that the file opens. */
async function inputNames(onnx: Uint8Array): Promise<string[]> {
  const session = await openSession(onnx, { threads: 1 });
  try {
    return session.inputs.map(({ name }) => name);
  } finally {
    await session.close();
  }
}

function manifestOf(
  { model, prepared, spec, source, evaluation, baseline, runtime }: Learned,
  names: readonly string[],
): ModelManifest {
  const { fitted } = prepared;
  // A text to classify is as long as it was in training, however far the model could see.
  const context = fitted.text === undefined ? model.config['context'] : fitted.shape[0];
  return {
    format: 'banyan-model/1',
    algorithm: model.algorithm,
    config: model.config,
    task: fitted.task,
    kind: fitted.kind,
    inputs: inputsOf(fitted, names),
    ...(fitted.window === undefined ? {} : { window: fitted.window.length }),
    ...(model.shape.classes === undefined ? {} : { classes: model.shape.classes }),
    ...(fitted.target === undefined ? {} : { target: fitted.target.column }),
    ...(typeof context === 'number' ? { context } : {}),
    metrics: evaluation.metrics,
    ...(baseline === undefined
      ? {}
      : { baseline: { algorithm: baseline.algorithm, metrics: baseline.evaluation.metrics } }),
    seed: spec.seed,
    lane: spec.lane,
    ...(runtime === undefined ? {} : { runtime }),
    sources: [source],
  };
}

/** The raw columns in the order of the graph's inputs; `name` is the graph's input that takes one, and a text's own name, as its ids are no column. */
function inputsOf(fitted: Fitted, names: readonly string[]): ModelManifest['inputs'] {
  const named = (column: string, index: number) => {
    const name = names[index] ?? column;
    return name === column ? { name } : { name, column };
  };
  const { image, columns, text, shape } = fitted;
  if (text !== undefined) return [{ name: text.column, type: 'string' }];
  if (image !== undefined) return [{ ...named(image.column, 0), type: 'image', shape }];
  return rawColumns(columns).map(({ name, input }, index) => ({ ...named(name, index), type: input }));
}

/** What turns raw rows into the network's input: two versions whose preparations are equal can be scored by one model. */
export const preparationOf = ({ kind, task, columns, shape, window, image, target, tokenizer }: Fitted) => ({
  kind,
  task,
  columns,
  shape,
  window,
  image,
  target,
  tokenizer,
});

const pretty = (value: unknown): string => `${JSON.stringify(value, undefined, 1)}\n`;
