import { textPatterns as patterns } from '@banyan/engine';
import { DataError } from '../../error.ts';
import type { Letters, Normalizer } from '../../tokenizer/tokenizer-json.ts';
import { findStep, type Recipe, type StepOptions } from '../schema.ts';
import { selectPrograms, type Work } from '../work.ts';
import { categoriesOf, isCategory } from './categories.ts';

type Options = StepOptions['normalize-text'];

const mostValues = 20_000;

/** A tag or a comment. It may hold white space, so a tokenizer that strips it reads each text as a whole. */
const htmlTag = '<[^<>]*>';

const replaced = Object.keys(patterns) as (keyof typeof patterns)[];

/**
 * Writes texts one way. Of a text to be tokenised it becomes part of the tokenizer, which goes with the model. ONNX has no
 * operator for it: of a category the values that the training rows have are rewritten, one by one; of a value that training
 * has not seen the letters A to Z are made small, in the table as in the graph, and else it stays as it is.
 */
export async function normalizeText(work: Work, options: Options): Promise<void> {
  const tokenized = findStep(work.recipe, 'tokenize');
  const names = options.columns === '*' ? [] : [options.columns].flat();
  if (tokenized !== undefined) return requireTokenizable(work, names, tokenized.column);
  const programs = selectPrograms(work, 'normalize-text', options.columns, isCategory, 'a category or text');
  for (const program of programs) {
    const { categories: values } = await categoriesOf(work, program, mostValues);
    const changed = values
      .map((value) => [value, normalized(value, options)] as const)
      .filter(([value, text]) => value !== text && text !== '');
    if (changed.length > 0)
      program.steps.push({
        op: 'rename-values',
        from: changed.map(([value]) => value),
        to: changed.map(([, text]) => text),
      });
    if (options.lowercase) program.steps.push({ op: 'letters', letters: 'lower' });
    if (changed.length > 0)
      work.notes.push(
        `"${program.name}": ${changed.length} values are rewritten; one that training has not seen ${options.lowercase ? 'is written in small letters (A to Z) and else stays' : 'stays'} as it is`,
      );
  }
}

function requireTokenizable(work: Work, names: string[], column: string): void {
  const fault =
    names.length !== 1 || names[0] !== column
      ? `names ${names.join(', ')}; with tokenize it is for that step's column, "${column}"`
      : work.roles.task !== 'classification'
        ? 'is for texts to classify: a text to be continued is learned as it is written'
        : findStep(work.recipe, 'tokenize')?.method === 'file'
          ? 'is for tokenizers that are trained here: a tokenizer from a file writes letters its own way'
          : undefined;
  if (fault !== undefined) throw new DataError('recipe', `normalize-text ${fault}`);
}

function normalized(text: string, options: Options): string {
  let result = options.html === 'strip' ? text.replace(new RegExp(htmlTag, 'gu'), ' ') : text;
  if (options.form !== 'none') result = result.normalize(options.form);
  for (const name of replaced) {
    const content = options[name];
    if (content !== undefined) result = result.replace(new RegExp(patterns[name], 'gu'), () => content);
  }
  if (options.lowercase) result = result.toLowerCase();
  if (options.accents === 'strip')
    result = result
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '')
      .normalize('NFC');
  return result.replace(/\s+/gu, ' ').trim();
}

const replacement = (pattern: string, content: string): Normalizer => ({
  type: 'Replace',
  pattern: { Regex: pattern },
  content,
});

/** How a tokenizer of this column writes letters; undefined: as an uncased BERT does. */
export function lettersOf(recipe: Recipe, column: string): Letters | undefined {
  const options = findStep(recipe, 'normalize-text');
  if (options === undefined || ![options.columns].flat().includes(column)) return undefined;
  const before: Normalizer[] = [
    ...(options.html === 'strip' ? [replacement(htmlTag, ' ')] : []),
    ...(options.form === 'none' ? [] : [{ type: options.form }]),
    ...replaced.flatMap((name): Normalizer[] => {
      const content = options[name];
      return content === undefined ? [] : [replacement(patterns[name], content)];
    }),
  ];
  return { before, lowercase: options.lowercase, stripAccents: options.accents === 'strip' };
}
