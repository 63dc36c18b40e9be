import type { Session, SessionValue, TensorData } from '@banyan/engine';
import { ServingError } from './serving-error.ts';

/** A decoder-only language model whose graph keeps a cache of keys and values. */
export interface Decoder {
  /** The most tokens a sequence may hold. */
  context: number;
  begin(): Sequence;
}

/** One text being written: the model's memory of it is the cache. */
export interface Sequence {
  /** Tokens fed so far. */
  readonly length: number;
  /** Appends tokens and answers the logits [V] of the one that follows. */
  feed(tokens: readonly number[]): Promise<Float32Array>;
}

/**
 * Drives a graph in Hugging Face's decoder layout: input_ids [B, S], attention_mask [B, P + S], position_ids [B, S] and
 * past_key_values.{i}.key|value [B, H, P, head] to logits [B, S, V] and present.{i}.key|value [B, H, P + S, head].
 *
 * A past of length zero would kill the process inside ONNX Runtime, so every sequence begins with one row of zeros that
 * the attention mask hides: it takes no position, and a masked row weighs exactly nothing in the softmax.
 *
 * @throws ServingError 'format' when the graph is laid out otherwise
 */
export function createDecoder(session: Session, context: number): Decoder {
  const past = session.inputs.filter(({ name }) => name.startsWith('past_key_values.'));
  requireLayout(session, past);
  return {
    context,
    begin() {
      let length = 0;
      let cache = Object.fromEntries(past.map((input) => [input.name, hiddenRow(input)]));
      return {
        get length() {
          return length;
        },
        async feed(tokens) {
          const start = length;
          const rows = 1 + start + tokens.length;
          const results = await session.run({
            ...cache,
            input_ids: int64Row(tokens),
            attention_mask: int64Row(Array.from({ length: rows }, (_, row) => (row === 0 ? 0 : 1))),
            position_ids: int64Row(tokens.map((_, offset) => start + offset)),
          });
          cache = Object.fromEntries(past.map(({ name }) => [name, required(results, presentName(name))]));
          length += tokens.length;
          return lastLogits(required(results, 'logits'));
        },
      };
    },
  };
}

const presentName = (pastName: string): string => pastName.replace('past_key_values', 'present');

function requireLayout(session: Session, past: readonly SessionValue[]): void {
  const inputs = new Set(session.inputs.map((input) => input.name));
  const outputs = new Set(session.outputs.map((output) => output.name));
  const absent = [
    ...['input_ids', 'attention_mask', 'position_ids'].filter((name) => !inputs.has(name)),
    ...['logits', ...past.map(({ name }) => presentName(name))].filter((name) => !outputs.has(name)),
    ...(past.length === 0 ? ['past_key_values.0.key'] : []),
  ];
  if (absent.length > 0)
    throw new ServingError(
      'format',
      `model.onnx is not a decoder with a cache: it lacks ${absent.join(', ')}`,
    );
}

function hiddenRow({ name, shape }: SessionValue): TensorData {
  const [, heads, , size] = shape;
  if (shape.length !== 4 || typeof heads !== 'number' || typeof size !== 'number')
    throw new ServingError(
      'format',
      `${name} is [${shape.join(', ')}]; expected [batch, heads, past, head size]`,
    );
  return { dtype: 'float32', shape: [1, heads, 1, size], data: new Float32Array(heads * size) };
}

const int64Row = (values: readonly number[]): TensorData => ({
  dtype: 'int64',
  shape: [1, values.length],
  data: BigInt64Array.from(values, BigInt),
});

function required(results: Readonly<Record<string, TensorData>>, name: string): TensorData {
  const tensor = results[name];
  if (tensor === undefined) throw new ServingError('format', `model.onnx has no output ${name}`);
  return tensor;
}

/** The logits [V] after the last token, from [1, S, V]. */
function lastLogits({ shape, data }: TensorData): Float32Array {
  const [, steps = 0, vocabulary = 0] = shape;
  if (!(data instanceof Float32Array))
    throw new ServingError('format', 'model.onnx gives logits that are not float32');
  return data.slice((steps - 1) * vocabulary, steps * vocabulary);
}
