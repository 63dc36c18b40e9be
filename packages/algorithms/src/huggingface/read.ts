import type { Parameter, TensorData } from '@banyan/engine';
import { AlgorithmError, type Tensors, type TrainedModel } from '../algorithm.ts';
import { algorithmNamed, parseConfig } from '../catalogue/catalogue.ts';
import { checkpointTensors, jsonFile } from './checkpoint.ts';
import type { Layout, ReadOptions, RepositoryFiles } from './layout.ts';
import { layoutNamed } from './layouts.ts';

/**
 * A model from a checkpoint of Hugging Face's library: config.json with model.safetensors, or with its shards and their
 * index. Halves (F16, BF16) become float32. Fine-tune it with `fit(model.algorithm, model.config, data, { initial:
 * model.tensors })`.
 *
 * @throws AlgorithmError 'format' naming the field of config.json, the file or the tensor that does not fit; EngineError
 *   'format' for a damaged safetensors file
 */
export function readHuggingFace(files: RepositoryFiles, options: ReadOptions = {}): TrainedModel {
  const json = jsonFile(files, 'config.json');
  const layout = layoutNamed(json['model_type']);
  const described = layout.read(json, files, options);
  const { context, classes } = options;
  const shortened = { ...described.config, ...(context !== undefined && { context }) };
  if (context !== undefined && context > Number(described.config['context']))
    throw new AlgorithmError(
      'config',
      `a context of ${context} is longer than the checkpoint's of ${String(described.config['context'])}`,
    );
  const config = parseConfig(algorithmNamed(layout.algorithm), shortened);
  const { shape } = described;
  const isWanted = ({ name }: Parameter) => classes === undefined || !layout.head?.test(name);
  const parameters = layout.parameters({ config, shape }).filter(isWanted);
  const tensors = fill(layout, parameters, checkpointTensors(files));
  return { algorithm: layout.algorithm, config, shape, tensors };
}

/** The value of each parameter; nothing of the checkpoint may be left over but what its family says. */
function fill({ prefix, ignored, head }: Layout, parameters: readonly Parameter[], found: Tensors): Tensors {
  const isHeadLeft = !parameters.some(({ name }) => head?.test(name));
  const left = new Map(
    [...found].filter(([name]) => !ignored.test(name) && !(isHeadLeft && head?.test(name))),
  );
  const missing: string[] = [];
  const tensors: Tensors = new Map();
  for (const parameter of parameters) {
    const bare = parameter.name.startsWith(prefix) ? parameter.name.slice(prefix.length) : parameter.name;
    const name = [parameter.name, bare].find((candidate) => left.has(candidate));
    if (name === undefined) missing.push(parameter.name);
    else tensors.set(parameter.name, fitting(parameter, left.get(name) as TensorData));
    if (name !== undefined) left.delete(name);
  }
  // A tied head may be written all the same; it is the table of token vectors once more.
  left.delete('lm_head.weight');
  const problems = [
    ...(missing.length > 0 ? [`it lacks ${listed(missing)}`] : []),
    ...(left.size > 0 ? [`nothing is known of its ${listed([...left.keys()])}`] : []),
  ];
  if (problems.length > 0)
    throw new AlgorithmError('format', `the checkpoint does not fit its config.json: ${problems.join('; ')}`);
  return tensors;
}

const listed = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');

/** A tensor as a parameter's value: a table of positions may be cut to a shorter context. */
function fitting({ name, shape }: Parameter, tensor: TensorData): TensorData {
  const { dtype, shape: given, data } = tensor;
  if (dtype !== 'float32' || !(data instanceof Float32Array))
    throw new AlgorithmError('format', `${name} of the checkpoint holds ${dtype}, not floats`);
  if (given.join() === shape.join()) return tensor;
  const [rows = 0, width = 0] = shape;
  if (isPositions(name) && given.length === 2 && given[1] === width && given[0]! > rows)
    return { dtype, shape, data: data.slice(0, rows * width) };
  throw new AlgorithmError(
    'format',
    `${name} of the checkpoint is [${given.join(', ')}], and its config.json makes it [${shape.join(', ')}]`,
  );
}

const isPositions = (name: string): boolean => /(^|\.)(wpe|position_embeddings)\.weight$/.test(name);
