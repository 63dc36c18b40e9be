import {
  type Adapter,
  mergeAdapters,
  readSafetensors,
  type TensorData,
  writeSafetensors,
} from '@banyan/engine';
import { z } from 'zod';
import { AlgorithmError, type Tensors, type TrainedModel } from '../algorithm.ts';
import { jsonFile } from './checkpoint.ts';
import { type Layout, only, parseJson, type RepositoryFiles } from './layout.ts';
import { layoutOf } from './layouts.ts';

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';
const ROOT = 'base_model.model.';

const nothing = z.union([z.null(), z.record(z.string(), z.never()), z.array(z.never())]).optional();

/** LoraConfig: what changes the result and is not computed here is refused. */
const schema = z.looseObject({
  peft_type: z.literal('LORA'),
  r: z.int().min(1).max(65_536),
  lora_alpha: z.number(),
  use_rslora: z.boolean().default(false),
  use_dora: only(false),
  lora_bias: only(false),
  bias: only('none'),
  rank_pattern: nothing,
  alpha_pattern: nothing,
  layer_replication: nothing,
  target_parameters: nothing,
  trainable_token_indices: nothing,
});

/**
 * A model with the adapters of a PEFT folder (adapter_config.json, adapter_model.safetensors) merged into its weights, and
 * the parameters that were learned whole in the place of its own.
 *
 * @param base the model that the adapters were trained beside
 * @throws AlgorithmError 'format' naming the field or the tensor that does not fit
 */
export function readPeft(files: RepositoryFiles, base: TrainedModel): TrainedModel {
  const field = parseJson(schema, jsonFile(files, CONFIG), CONFIG);
  const bytes = files.get(WEIGHTS);
  if (bytes === undefined) throw new AlgorithmError('format', `the adapters have no ${WEIGHTS}`);
  const { r: rank, lora_alpha: alpha } = field;
  const layout = requireLayout(base);
  const parameters = new Map(layout.parameters(base).map(({ name, shape }) => [name, shape]));
  // Rank-stabilised (Kalajdzievski, 2023): alpha / sqrt(r) in the place of alpha / r.
  const shared = { rank, alpha: field.use_rslora ? alpha * Math.sqrt(rank) : alpha };
  const parts = new Map<string, Partial<Record<'A' | 'B', TensorData>>>();
  const whole: Tensors = new Map();
  for (const [path, tensor] of readSafetensors(bytes).tensors) {
    const found = /^base_model\.model\.(.+?)(?:\.lora_([AB]))?\.(weight|bias)$/.exec(path);
    const [, layer = '', part, kind] = found ?? [];
    const name = [`${layer}.${kind}`, `${layout.prefix}${layer}.${kind}`].find((some) =>
      parameters.has(some),
    );
    if (name === undefined)
      throw new AlgorithmError('format', `${path} of ${WEIGHTS} fits nothing in the model`);
    if (part !== undefined) parts.set(name, { ...parts.get(name), [part]: tensor });
    else if (tensor.shape.join() === parameters.get(name)?.join()) whole.set(name, tensor);
    else
      throw new AlgorithmError(
        'format',
        `${path} of ${WEIGHTS} is [${tensor.shape.join(', ')}], not [${parameters.get(name)?.join(', ')}]`,
      );
  }
  const adapters = new Map(
    [...parts].map(([name, { A, B }]): [string, Adapter] => {
      if (A === undefined || B === undefined)
        throw new AlgorithmError('format', `${WEIGHTS} has half an adapter of ${name}`);
      return [name, { A, B, ...shared, fanInFanOut: layout.fanInFanOut.test(name) }];
    }),
  );
  return { ...base, tensors: mergeAdapters(new Map([...base.tensors, ...whole]), adapters), adapters };
}

function requireLayout(base: TrainedModel): Layout {
  const layout = layoutOf(base);
  if (layout === undefined)
    throw new AlgorithmError('format', `PEFT's adapters are not read onto a ${base.algorithm}`);
  return layout;
}

/** The name that PyTorch has for the layer of a parameter. */
const layerOf = (name: string): string => name.replace(/\.(weight|bias)$/, '');

export interface PeftOptions {
  /** What adapter_config.json calls the model that was adapted: a repository, or a folder. */
  base?: string;
  /** Parameters that were learned whole beside the adapters, as a classifier's new head: they go along. */
  whole?: readonly string[];
}

/**
 * The adapters of a model that `fit` learned with `adapters`, as Python's peft loads them onto the model it began with.
 *
 * @throws AlgorithmError 'export' for a model without adapters, or with adapters of different ranks
 */
export function writePeft(
  { shape, tensors: learned, adapters = new Map() }: TrainedModel,
  { base, whole = [] }: PeftOptions = {},
): Map<string, Uint8Array> {
  const [first] = adapters.values();
  const sameKind = [...adapters.values()].every(
    ({ rank, alpha, fanInFanOut }) =>
      rank === first?.rank && alpha === first.alpha && fanInFanOut === first.fanInFanOut,
  );
  if (first === undefined || !sameKind)
    throw new AlgorithmError(
      'export',
      'PEFT is written for a model with adapters, all of one rank and one alpha',
    );
  const tensors: Tensors = new Map();
  for (const name of whole) {
    const tensor = learned.get(name);
    if (tensor === undefined) throw new AlgorithmError('export', `the model has no parameter ${name}`);
    tensors.set(ROOT + name, tensor);
  }
  for (const [name, { A, B }] of adapters) {
    tensors.set(`${ROOT}${layerOf(name)}.lora_A.weight`, A);
    tensors.set(`${ROOT}${layerOf(name)}.lora_B.weight`, B);
  }
  const config = {
    peft_type: 'LORA',
    task_type: shape.task === 'generation' ? 'CAUSAL_LM' : 'SEQ_CLS',
    base_model_name_or_path: base ?? null,
    r: first.rank,
    lora_alpha: first.alpha,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: first.fanInFanOut,
    target_modules: [...adapters.keys()].map(layerOf),
    modules_to_save: whole.length === 0 ? null : [...new Set(whole.map(layerOf))],
    inference_mode: true,
  };
  return new Map([
    [CONFIG, new TextEncoder().encode(`${JSON.stringify(config, undefined, 2)}\n`)],
    [WEIGHTS, writeSafetensors(tensors)],
  ]);
}
