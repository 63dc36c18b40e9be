import { readSafetensors, type TensorData, writeSafetensors } from '@banyan/engine';
import { AlgorithmError, type Tensors, type TrainedModel } from '../algorithm.ts';
import { algorithmNamed, parseConfig } from '../catalogue/catalogue.ts';

const FORMAT = 'banyan-weights/2';

/** The weights as safetensors, with algorithm, configuration and shape of the data in its metadata. */
export function saveModel({ algorithm, config, shape, tensors }: TrainedModel): Uint8Array {
  const about = JSON.stringify({ format: FORMAT, algorithm, config, shape });
  return writeSafetensors(tensors, { format: 'pt', banyan: about });
}

/** What the weights of earlier formats are in the present one. */
const upgrades: Readonly<Record<string, (model: TrainedModel) => TrainedModel>> = {
  [FORMAT]: (model) => model,

  /** Before mlp had residuals, and when the weights of recurrent layers were [in, gates * H]. */
  'banyan-weights/1': ({ algorithm, config, tensors, ...rest }) => ({
    ...rest,
    algorithm,
    config: algorithm === 'mlp' ? { residual: false, ...config } : config,
    tensors: algorithm === 'rnn' ? withTransposed(tensors, /\.[UW]$/) : tensors,
  }),
};

const withTransposed = (tensors: Tensors, names: RegExp): Tensors =>
  new Map([...tensors].map(([name, tensor]) => [name, names.test(name) ? transposed(tensor) : tensor]));

function transposed({ dtype, shape, data }: TensorData): TensorData {
  const [rows = 1, columns = 1] = shape;
  const turned = (data as Float32Array).map((_, i, all) => all[(i % rows) * columns + Math.floor(i / rows)]!);
  return { dtype, shape: [columns, rows], data: turned };
}

/** Throws AlgorithmError 'format' if the bytes were not written by `saveModel`, EngineError 'format' if they are no safetensors. */
export function loadModel(bytes: Uint8Array): TrainedModel {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.banyan === undefined)
    throw new AlgorithmError(
      'format',
      'these weights do not say which algorithm they belong to; saveModel writes that',
    );
  const { format, ...about } = JSON.parse(metadata.banyan) as Omit<TrainedModel, 'tensors'> & {
    format: string;
  };
  const upgrade = upgrades[format];
  if (upgrade === undefined)
    throw new AlgorithmError(
      'format',
      `weights of the unknown format ${format}; this version reads ${Object.keys(upgrades).join(', ')}`,
    );
  const model = upgrade({ ...about, tensors });
  return { ...model, config: parseConfig(algorithmNamed(model.algorithm), model.config) };
}
