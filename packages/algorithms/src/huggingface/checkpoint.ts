import { readSafetensors } from '@banyan/engine';
import { AlgorithmError, type Tensors } from '../algorithm.ts';
import type { RepositoryFiles } from './layout.ts';

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** A file of a repository as JSON. Throws AlgorithmError 'format' if it is absent or no JSON object. */
export function jsonFile(files: RepositoryFiles, path: string): Record<string, unknown> {
  const bytes = files.get(path);
  if (bytes === undefined) throw new AlgorithmError('format', `the checkpoint has no ${path}`);
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new AlgorithmError('format', `${path} is not JSON`, { cause });
  }
  throw new AlgorithmError('format', `${path} is not an object`);
}

/**
 * All tensors of a checkpoint: of model.safetensors, or of the shards that its index names.
 *
 * @throws AlgorithmError 'format' for a shard that is absent; EngineError 'format' for one that is damaged
 */
export function checkpointTensors(files: RepositoryFiles): Tensors {
  const single = files.get(SINGLE);
  if (single !== undefined) return readSafetensors(single).tensors;
  if (!files.has(INDEX))
    throw new AlgorithmError(
      'format',
      `the checkpoint has neither ${SINGLE} nor ${INDEX}: other formats (pytorch_model.bin) are not read`,
    );
  const { weight_map: map } = jsonFile(files, INDEX) as { weight_map?: Record<string, string> };
  const tensors: Tensors = new Map();
  for (const shard of new Set(Object.values(map ?? {}))) {
    const bytes = files.get(shard);
    if (bytes === undefined) throw new AlgorithmError('format', `${INDEX} names ${shard}, which is absent`);
    for (const [name, tensor] of readSafetensors(bytes).tensors) tensors.set(name, tensor);
  }
  return tensors;
}
