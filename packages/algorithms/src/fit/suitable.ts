import { type Algorithm, AlgorithmError, type Config, type DataShape, type Split } from '../algorithm.ts';
import { classesOf } from '../catalogue/supervised.ts';
import { contextOf, vocabularyOf } from '../catalogue/text.ts';
import { exampleSize, targetsOf, tokensOf } from './batches.ts';

/** Throws AlgorithmError 'data' when the algorithm is not made for this kind of data or this task. */
export function requireSuitable({ name, kinds, tasks }: Algorithm, { kind, task }: DataShape): void {
  if (!kinds.includes(kind))
    throw new AlgorithmError('data', `${name} does not take ${kind} data; it takes ${kinds.join(', ')}`);
  if (!tasks.includes(task))
    throw new AlgorithmError('data', `${name} does not do ${task}; it does ${tasks.join(', ')}`);
}

/**
 * That an algorithm so configured can learn from a split, or be scored on it.
 *
 * @param use which split it is in the message, as `training`
 * @throws AlgorithmError 'data' naming the first value that no algorithm can use, or what is too little of
 */
export function requireExamples(config: Config, shape: DataShape, split: Split, use: string): void {
  const fault =
    shape.task === 'generation'
      ? (lengthFault(config, split) ?? textFault(shape, split))
      : (exampleFault(shape, split) ?? targetFault(shape, split));
  if (fault !== undefined) throw new AlgorithmError('data', `the ${use} split cannot be used: ${fault}`);
}

function lengthFault(config: Config, split: Split): string | undefined {
  const [context, tokens] = [contextOf(config), tokensOf(split).length];
  if (tokens > context) return undefined;
  const shorter = tokens > 2 ? `shorten context to at most ${tokens - 1}, or ` : '';
  return `it has ${tokens} tokens, and one context of ${context} with the token after takes ${context + 1}: ${shorter}prepare the data with a larger share for this split`;
}

function textFault(shape: DataShape, split: Split): string | undefined {
  const vocabulary = vocabularyOf(shape);
  const at = tokensOf(split).findIndex((token) => token < 0 || token >= vocabulary);
  return at < 0
    ? undefined
    : `token ${tokensOf(split)[at]} at ${at} is not in the vocabulary of ${vocabulary}`;
}

function exampleFault(shape: DataShape, split: Split): string | undefined {
  const size = exampleSize(shape.shape);
  if (split.rows === 0) return 'it has no rows';
  if (split.x.length !== split.rows * size)
    return `${split.rows} examples of [${shape.shape.join(', ')}] make ${split.rows * size} numbers, not ${split.x.length}`;
  if (shape.kind === 'text') return idFault(split.x, size, vocabularyOf(shape));
  const at = split.x instanceof Float32Array ? split.x.findIndex((value) => !Number.isFinite(value)) : -1;
  return at < 0
    ? undefined
    : `row ${Math.floor(at / size)} has no finite number in feature ${at % size}; impute or drop it`;
}

function idFault(ids: Split['x'], length: number, vocabulary: number): string | undefined {
  const at = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  return at < 0
    ? undefined
    : `row ${Math.floor(at / length)} has the token ${ids[at]}, which is not in the vocabulary of ${vocabulary}`;
}

function targetFault(shape: DataShape, split: Split): string | undefined {
  if (shape.task === 'reconstruction') return undefined;
  const targets = targetsOf(split);
  if (targets.length !== split.rows) return `${split.rows} rows have ${targets.length} targets`;
  const classes = shape.task === 'classification' ? classesOf(shape).length : undefined;
  for (const [row, y] of targets.entries()) {
    if (!Number.isFinite(y)) return `row ${row} has no target`;
    if (classes !== undefined && !(Number.isInteger(y) && y >= 0 && y < classes))
      return `row ${row} has the class ${y}, and there are ${classes}`;
  }
  return undefined;
}
