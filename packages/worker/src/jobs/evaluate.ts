import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { evaluate, loadModel } from '@banyan/algorithms';
import type { Fitted } from '@banyan/data';
import type { Work } from '../assignment.ts';
import { JobError } from '../failure.ts';
import { preparationOf } from '../model-folder.ts';
import { openPrepared } from '../prepared.ts';
import { toJson } from '../to-json.ts';

/** Scores a model on the held-out rows of a prepared dataset. */
export const evaluateJob: Work<'evaluate'> = async (
  { payload, dataset = '', model = '', threads },
  report,
) => {
  report({ kind: 'progress', progress: { step: 0, phase: 'reading data' } });
  const loaded = loadModel(await readModelFile(model, 'model.safetensors'));
  const prepared = await openPrepared(dataset);
  await requireSamePreparation(model, prepared.fitted);
  const test = await prepared.load('test');
  report({ kind: 'progress', progress: { step: 0, phase: 'evaluating' } });
  return {
    result: { kind: 'evaluate', evaluation: await evaluate(loaded, test, { seed: payload.seed, threads }) },
    files: [],
  };
};

export async function readModelFile(dir: string, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(join(dir, name)));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new JobError('NOT_A_MODEL', `The model version has no ${name}. Choose a version that a run made.`);
  }
}

/** Other means or categories would feed the network numbers it was not trained on, and a score of nonsense. */
export async function requireSamePreparation(model: string, fitted: Fitted): Promise<void> {
  const text = new TextDecoder().decode(await readModelFile(model, 'preparation.json'));
  const own: unknown = JSON.parse(text);
  if (isDeepStrictEqual(own, toJson(preparationOf(fitted)))) return;
  throw new JobError(
    'OTHER_PREPARATION',
    'The model was trained on data prepared in another way (other columns, categories or scales). Use the prepared version it was trained on, or train it on this one.',
  );
}
