import type { Parameter } from '@banyan/engine';
import { z } from 'zod';
import { AlgorithmError, type AlgorithmName, type DataShape, type TrainedModel } from '../algorithm.ts';

/** The files of a repository by their paths. */
export type RepositoryFiles = ReadonlyMap<string, Uint8Array>;

/** What a config.json says in our words. */
export interface Described {
  config: Record<string, unknown>;
  shape: DataShape;
}

export interface ReadOptions {
  /** Tokens to look back on, where the checkpoint's own context is longer than wanted (or than we take). */
  context?: number;
  /**
   * Labels to fine-tune a BERT for: a head that the checkpoint has is left out, and training draws a new one (pass the
   * model's tensors as `initial`).
   */
  classes?: string[];
}

/** As much of a tokenizer.json as tells what its tokens are called. */
export interface TokenizerFile {
  added_tokens?: { id: number; content: string }[];
  model?: { vocab?: Record<string, number> | [piece: string, score: number][] };
}

/** One family of models as Hugging Face's library keeps them. */
export interface Layout {
  algorithm: AlgorithmName;
  /** What config.json becomes; throws AlgorithmError 'format' naming each field that we cannot honour. */
  read(json: unknown, files: RepositoryFiles, options: ReadOptions): Described;
  /** The fields of config.json that say what the model computes. */
  write(model: TrainedModel): Record<string, unknown>;
  /** The parameters of a model so configured. */
  parameters(described: Described): readonly Parameter[];
  /** The graph that goes to onnx/model.onnx. */
  onnx(model: TrainedModel): Uint8Array;
  /** What tokenizer_config.json says of the special tokens. */
  tokenizerConfig(model: TrainedModel, tokenizer: TokenizerFile): Record<string, unknown>;
  /** Checkpoints of the bare model leave this off their names. */
  prefix: string;
  /** Tensors of a checkpoint that are no parameters, or parameters of heads that are not read. */
  ignored: RegExp;
  /** Weights that lie [in, out], as GPT-2's Conv1D has them; all others are [out, in]. */
  fanInFanOut: RegExp;
  /** Parameters of the head, which new classes replace. */
  head?: RegExp;
}

/** A size in a config.json, bounded as every number from outside. */
export const size = z.int().min(1).max(10_000_000);

/** A field that must be as we compute, whatever else the library offers. */
export const only = <T extends z.util.Literal>(value: T) => z.literal(value).default(value as never);

/** Parses config.json (or another file), or says which fields have which values that are not supported. */
export function parseJson<S extends z.ZodType>(schema: S, json: unknown, file = 'config.json'): z.infer<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const found = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], json);
    return `${path.join('.')} is ${JSON.stringify(found) ?? 'absent'}: ${message.replace('Invalid input: ', '')}`;
  });
  throw new AlgorithmError('format', `${file} is not supported: ${problems.join('; ')}`);
}
