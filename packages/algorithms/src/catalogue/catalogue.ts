import { z } from 'zod';
import { type Algorithm, AlgorithmError, type AlgorithmName, type Config } from '../algorithm.ts';
import { bert } from './bert.ts';
import { cnn } from './cnn.ts';
import { gpt } from './gpt.ts';
import { linear } from './linear.ts';
import { majority } from './majority.ts';
import { mean } from './mean.ts';
import { mlp } from './mlp.ts';
import { bigram, unigram } from './ngram.ts';
import { persistence } from './persistence.ts';
import { rnn } from './rnn.ts';
import { vae } from './vae.ts';

export const catalogue: Record<AlgorithmName, Algorithm> = {
  mlp,
  cnn,
  rnn,
  vae,
  gpt,
  bert,
  linear,
  majority,
  mean,
  persistence,
  unigram,
  bigram,
};

/** Throws AlgorithmError 'config' with the names there are. */
export function algorithmNamed(name: string): Algorithm {
  if (Object.hasOwn(catalogue, name)) return catalogue[name as AlgorithmName];
  throw new AlgorithmError(
    'config',
    `there is no algorithm ${name}; there are ${Object.keys(catalogue).join(', ')}`,
  );
}

/** The configuration with its defaults filled in. Throws AlgorithmError 'config' naming each field that is wrong. */
export function parseConfig(algorithm: Algorithm, config: unknown): Config {
  const parsed = algorithm.config.safeParse(config ?? {});
  if (parsed.success) return parsed.data;
  throw new AlgorithmError(
    'config',
    `the configuration does not suit ${algorithm.name}:\n${z.prettifyError(parsed.error)}`,
  );
}
