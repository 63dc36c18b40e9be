import { forwardTexts, type TrainedModel } from '@banyan/algorithms';
import { textOfBytes } from '@banyan/data';
import { integratedGradients } from '@banyan/explain';
import type { Prediction } from '@banyan/serving';
import type { Report } from '../assignment.ts';
import { JobError } from '../failure.ts';
import type { Prepared } from '../prepared.ts';

/** A word of a text as the model read it, and what it added to the probability of the answer. */
interface CreditedWord {
  word: string;
  contribution: number;
}

const phase = 'integrating gradients';

/** A network that is very sure changes its mind within a short piece of the path: more points then find it. */
const FEWEST_STEPS = 64;
const MOST_STEPS = 1024;
const LARGEST_ERROR = 0.05;

/**
 * What each word of some held-out texts added to the probability of the class that was answered, against the same text
 * without a word said (every word masked): integrated gradients along the vectors of the tokens.
 */
export async function attributeWords(
  trained: TrainedModel,
  { fitted, shape, load }: Prepared,
  predictions: readonly Prediction[],
  { threads, signal, report }: { threads: number; signal: AbortSignal; report: (report: Report) => void },
) {
  const { x } = await load('test');
  const [length = 0] = shape.shape;
  const rows = predictions.length;
  const ids = Int32Array.from(x.subarray(0, rows * length));
  const labels = predictions.map((prediction) => ('label' in prediction ? prediction.label : ''));
  const forward = forwardTexts(trained);
  const integrate = (steps: number) =>
    integratedGradients({
      forward,
      x: forward.examplesOf(ids),
      rows,
      baseline: forward.silencedOf(ids),
      outputs: labels.map((label) => Math.max(0, shape.classes?.indexOf(label) ?? 0)),
      steps,
      threads,
      signal,
      onProgress: (share) =>
        report({ kind: 'progress', progress: { step: Math.floor(share * 100), totalSteps: 100, phase } }),
    });
  let found = await integrate(FEWEST_STEPS);
  for (let steps = FEWEST_STEPS; steps < MOST_STEPS && found.completenessError > LARGEST_ERROR; steps *= 4)
    found = await integrate(steps * 4);
  const { attributions, completenessError } = found;
  const credits = forward.byToken(attributions);
  const pieces = piecesOf(fitted);
  return {
    rows: labels.map((predicted, row) => {
      const at = row * length;
      const words = wordsOf(pieces, ids.subarray(at, at + length), credits.subarray(at, at + length));
      return { row, predicted, words };
    }),
    completenessError,
  };
}

interface Pieces {
  /** The text of each token. */
  texts: string[];
  special: Set<number>;
  /** What is in the text of a token that goes on with the word before, without its mark; undefined when one begins. */
  goesOn: (text: string) => string | undefined;
  /** The text of a word, put together from its pieces, for people. */
  write: (word: string) => string;
}

function piecesOf({ tokenizer, special }: Prepared['fitted']): Pieces {
  if (tokenizer === undefined || special === undefined)
    throw new JobError('NOT_EXPLAINABLE', 'The prepared data has no tokenizer to tell words by.');
  const texts: string[] = [];
  const { vocab } = tokenizer.model;
  if (Array.isArray(vocab)) for (const [id, [text]] of vocab.entries()) texts[id] = text;
  else for (const [text, id] of Object.entries(vocab)) texts[id] = text;
  for (const { id, content } of tokenizer.added_tokens) texts[id] = content;
  return { texts, special: new Set([special.pad, special.cls, special.sep]), ...writingOf(tokenizer) };
}

/** How pieces tell whether they begin a word: WordPiece marks those that do not, the others mark the blank before. */
function writingOf({
  model,
  decoder,
}: NonNullable<Prepared['fitted']['tokenizer']>): Pick<Pieces, 'goesOn' | 'write'> {
  if (model.type === 'WordPiece') {
    const mark = model.continuing_subword_prefix ?? '##';
    return {
      goesOn: (text) => (text.startsWith(mark) ? text.slice(mark.length) : undefined),
      write: (word) => word,
    };
  }
  const isBytes = JSON.stringify(decoder ?? null).includes('"ByteLevel"');
  const blank = isBytes ? '\u0120' : '\u2581';
  return {
    goesOn: (text) => (text.startsWith(blank) ? undefined : text),
    write: (word) => (isBytes ? textOfBytes(word) : word.replaceAll(blank, ' ')).trim(),
  };
}

/** Pieces that belong to one word are read, and credited, together. */
function wordsOf(
  { texts, special, goesOn, write }: Pieces,
  ids: Int32Array,
  credits: Float32Array,
): CreditedWord[] {
  const words: CreditedWord[] = [];
  for (const [place, id] of ids.entries()) {
    if (special.has(id)) continue;
    const [text, contribution] = [texts[id] ?? '', credits[place] ?? 0];
    const last = words.at(-1);
    const rest = goesOn(text);
    if (last !== undefined && rest !== undefined) {
      last.word += rest;
      last.contribution += contribution;
    } else words.push({ word: text, contribution });
  }
  return words.map(({ word, contribution }) => ({ word: write(word), contribution }));
}
