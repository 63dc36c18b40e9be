import { readSafetensors, writeSafetensors } from '@banyan/engine';
import { AlgorithmError, type AlgorithmName, type Config, type TrainedModel } from '../algorithm.ts';
import { algorithmNamed, parseConfig } from '../catalogue/catalogue.ts';

const FORMAT = 'banyan-weights/1';

/** The weights as safetensors, with algorithm, configuration and shape of the data in its metadata. */
export function saveModel({ algorithm, config, shape, tensors }: TrainedModel): Uint8Array {
  const about = JSON.stringify({ format: FORMAT, algorithm, config, shape });
  return writeSafetensors(tensors, { format: 'pt', banyan: about });
}

/** Settings that came after models were saved without them, as those were trained. */
const before: Partial<Record<AlgorithmName, Config>> = { mlp: { residual: false } };

/** Throws AlgorithmError 'format' if the bytes were not written by `saveModel`, EngineError 'format' if they are no safetensors. */
export function loadModel(bytes: Uint8Array): TrainedModel {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.banyan === undefined)
    throw new AlgorithmError(
      'format',
      'these weights do not say which algorithm they belong to; saveModel writes that',
    );
  const { format, algorithm, config, shape } = JSON.parse(metadata.banyan) as Omit<
    TrainedModel,
    'tensors'
  > & { format: string };
  if (format !== FORMAT)
    throw new AlgorithmError(
      'format',
      `weights of the unknown format ${format}; this version reads ${FORMAT}`,
    );
  const complete = parseConfig(algorithmNamed(algorithm), { ...before[algorithm], ...config });
  return { algorithm, config: complete, shape, tensors };
}
