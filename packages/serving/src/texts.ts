import { readsByWords, readText, type Session, type TensorData, tensorData } from '@banyan/engine';
import type { Feeds, InputColumn } from './input-columns.ts';
import { columnOf, type ModelManifest } from './manifest.ts';
import { concatTensors } from './rows-of-tensors.ts';
import { ServingError } from './serving-error.ts';
import { buildTokenizer, parseObject } from './tokenizer.ts';

/** Tokens of one run of the graph: a run's memory grows with them. */
const TOKENS_A_RUN = 2 ** 14;

/**
 * The raw columns of a model that reads texts: one of strings, which no input of its graph takes as they are.
 *
 * @throws ServingError 'format' for another manifest
 */
export function textColumns({ inputs, context }: ModelManifest): InputColumn[] {
  const [input] = inputs;
  if (inputs.length !== 1 || input?.type !== 'string' || context === undefined)
    throw new ServingError(
      'format',
      'banyan.json of a model of texts needs one input of strings and a context',
    );
  const name = columnOf(input);
  return [{ name, input: name, type: 'string', dtype: 'string', shape: [1], size: 1, sizePerRow: 1 }];
}

/**
 * Makes what runs a graph of `input_ids` and `attention_mask` on texts: strings [N, 1] in, by the column's name; the
 * graph's outputs out. Texts are cut to the manifest's context and filled up to the longest of a run.
 *
 * @throws ServingError 'format' for a graph or a tokenizer that do not belong together
 */
export function readTexts(
  manifest: ModelManifest,
  session: Session,
  tokenizerJson: string,
): (feeds: Feeds) => Promise<Feeds> {
  const [column] = textColumns(manifest);
  const names = session.inputs.map(({ name }) => name);
  if (names.toSorted().join() !== 'attention_mask,input_ids')
    throw new ServingError(
      'format',
      `model.onnx of a model of texts takes input_ids and attention_mask, not ${names.join(', ')}`,
    );
  const context = manifest.context ?? 0;
  const encode = textEncoder(tokenizerJson, context);
  const rowsARun = Math.max(1, Math.floor(TOKENS_A_RUN / context));

  return async (feeds) => {
    const texts = Array.from(feeds[column?.name ?? '']?.data ?? [], String);
    const runs: Record<string, TensorData>[] = [];
    for (let start = 0; start < texts.length; start += rowsARun)
      runs.push(await session.run(tensorsOf(texts.slice(start, start + rowsARun).map(encode))));
    const [first = {}] = runs;
    return Object.fromEntries(
      Object.keys(first).map((name) => [name, concatTensors(runs.map((run) => run[name]!))]),
    );
  };
}

/** Texts of different lengths as int64 [N, T]. What is filled up holds id 0, and the mask hides it. */
function tensorsOf(texts: readonly (readonly number[])[]): Feeds {
  const length = Math.max(...texts.map((ids) => ids.length));
  const fill = (ids: readonly number[], value: (id: number) => number): number[] =>
    Array.from({ length }, (_, at) => (at < ids.length ? value(ids[at]!) : 0));
  const shape = [texts.length, length];
  return {
    input_ids: tensorData(
      'int64',
      shape,
      texts.flatMap((ids) => fill(ids, (id) => id)),
    ),
    attention_mask: tensorData(
      'int64',
      shape,
      texts.flatMap((ids) => fill(ids, () => 1)),
    ),
  };
}

/** Texts as the tokens that the model was trained on: one token, those of the text, one token, of at most `context`. */
function textEncoder(json: string, context: number): (text: string) => number[] {
  const tokenizer = buildTokenizer(json);
  const ids = (text: string, add_special_tokens: boolean): number[] =>
    tokenizer.encode(text, { add_special_tokens }).ids;
  const [start, end, ...more] = ids('', true);
  if (start === undefined || end === undefined || more.length > 0)
    throw new ServingError('format', 'tokenizer.json must put one token before a text and one after it');
  const byWords = readsByWords(parseObject(json));
  const encode = (text: string): number[] => ids(text, false);
  return (text) => readText({ start, end, encode, byWords }, text, context).ids;
}
