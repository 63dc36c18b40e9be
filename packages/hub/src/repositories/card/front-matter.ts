import { type Json, json } from '@banyan/contract';
import { type Document, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { type CardFields, checkFields } from './fields.ts';

/** Something that a card's author should know; `line` counts from 1 in the whole README. */
export interface CardProblem {
  message: string;
  line?: number;
}

export interface Card {
  /** The YAML head as JSON, also what nobody here knows; empty when there is none or it cannot be read. */
  data: Record<string, Json>;
  /** Of the head, what has the shape that the field should have. */
  fields: CardFields;
  /** The Markdown below the head. */
  body: string;
  errors: CardProblem[];
  warnings: CardProblem[];
}

/** The largest heads on Hugging Face, `dataset_info` of a hundred configurations, have half of this. */
const maxHeadCharacters = 256 << 10;
const maxDepth = 24;
const maxValues = 50_000;
/** How often anchors may be resolved in all: a bomb of nine lines would ask for billions. */
const maxAliases = 100;
const maxProblems = 20;

/**
 * A README in its YAML head and its Markdown body, read as Hugging Face's hub does. Never throws: what is wrong with the
 * head is told in `errors` (it cannot be used as it is) and `warnings`. Bounded in size, depth and aliases.
 */
export function parseCard(markdown: string): Card {
  const split = splitCard(markdown);
  const card: Card = { data: {}, fields: {}, body: split.body, errors: [], warnings: [] };
  if (split.head === undefined) {
    if (split.unclosed)
      card.errors.push({ message: 'The YAML head is not closed: end it with a line "---".', line: 1 });
    else card.warnings.push({ message: 'There is no YAML head: licence, language and tags are not known.' });
    return card;
  }
  if (split.head.length > maxHeadCharacters) {
    card.errors.push({ message: `The YAML head is longer than ${maxHeadCharacters >> 10} KiB.`, line: 1 });
    return card;
  }
  try {
    readHead(card, split.head, split.line);
  } catch (error) {
    // The parser and this file recurse: a head that nests thousands deep ends here.
    if (!(error instanceof RangeError)) throw error;
    card.data = {};
    card.fields = {};
    card.errors.push({ message: 'The YAML head nests too deep.', line: split.line });
  }
  card.errors = card.errors.slice(0, maxProblems);
  card.warnings = card.warnings.slice(0, maxProblems);
  return card;
}

/** Where the head begins: its first line's number, counted from 1. */
function splitCard(text: string): { head?: string; line: number; body: string; unclosed: boolean } {
  const open = /^\s*---[ \t]*(?:\r\n|\r|\n)/.exec(text)?.[0];
  if (open === undefined) return { line: 1, body: text, unclosed: false };
  const rest = text.slice(open.length);
  const close = /(?:^|\r\n|\r|\n)---[ \t]*(?:\r\n|\r|\n|$)/.exec(rest);
  if (!close) return { line: 1, body: text, unclosed: true };
  const line = open.split(/\r\n|\r|\n/).length;
  const body = rest.slice(close.index + close[0].length).replace(/^[\r\n]+/, '');
  return { head: rest.slice(0, close.index), line, body, unclosed: false };
}

function readHead(card: Card, head: string, firstLine: number): void {
  const lines = new LineCounter();
  // Its own search for keys that repeat takes the square of their number.
  const document = parseDocument(head.replaceAll(/\r\n?/g, '\n'), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    logLevel: 'silent',
  });
  const lineAt = (offset: number) => firstLine + Math.max(lines.linePos(offset).line, 1) - 1;
  const say = (list: CardProblem[], message: string, offset?: number) =>
    list.push({ message, ...(offset === undefined ? {} : { line: lineAt(offset) }) });

  for (const error of document.errors) say(card.errors, tidy(error.message), error.pos[0]);
  for (const warning of document.warnings) say(card.warnings, tidy(warning.message), warning.pos[0]);
  if (card.errors.length > 0) return;
  for (const [key, offset] of repeatedKeys(document))
    say(card.errors, `"${key}" is there twice: the later one hides the earlier.`, offset);

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return void say(card.errors, 'The YAML head repeats itself by aliases (*name) too often.', 0);
  }
  if (value === null || value === undefined)
    return void say(card.warnings, 'The YAML head is empty: licence, language and tags are not known.', 0);
  if (typeof value !== 'object' || Array.isArray(value))
    return void say(card.errors, 'The YAML head must be "key: value" lines.', 0);
  const notes = { values: 0, changed: false };
  const plain = toPlain(value, 0, notes);
  if (plain === undefined)
    return void say(card.errors, `The YAML head nests deeper than ${maxDepth} or holds too many values.`, 0);
  if (notes.changed)
    say(
      card.warnings,
      'Numbers that are not finite, and characters that no text may hold, were left out.',
      0,
    );
  card.data = plain as Record<string, Json>;

  const offsets = new Map<string, number>();
  if (isMap(document.contents))
    for (const { key } of document.contents.items)
      if (isScalar(key)) offsets.set(String(key.value), key.range?.[0] ?? 0);
  const checked = checkFields(card.data);
  card.fields = checked.fields;
  for (const { field, message } of checked.errors) say(card.errors, message, offsets.get(field));
  for (const { field, message } of checked.warnings) say(card.warnings, message, offsets.get(field));
}

/** The parser ends its sentences as it likes, and shows the source below. */
const tidy = (message: string): string => message.split('\n')[0]?.replace(/ at line \d+.*$/, '') ?? message;

function repeatedKeys(document: Document): [key: string, offset: number][] {
  const found: [string, number][] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push([String(key.value), key.range?.[0] ?? 0]);
        seen.add(key.value);
      }
    },
  });
  return found.slice(0, maxProblems);
}

/** As JSON that PostgreSQL holds too: no NUL, no half of a surrogate pair. Undefined when it is too deep or too much. */
function toPlain(
  value: unknown,
  depth: number,
  notes: { values: number; changed: boolean },
): Json | undefined {
  notes.values += 1;
  if (depth > maxDepth || notes.values > maxValues) return undefined;
  if (typeof value === 'string') return clean(value, notes);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    notes.changed = true;
    return null;
  }
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value) {
      const plain = toPlain(item, depth + 1, notes);
      if (plain === undefined) return undefined;
      items.push(plain);
    }
    return items;
  }
  if (typeof value === 'object' && value !== null) {
    const pairs: [string, Json][] = [];
    for (const [key, item] of Object.entries(value)) {
      const plain = toPlain(item, depth + 1, notes);
      if (plain === undefined) return undefined;
      if (key === '__proto__') notes.changed = true;
      else pairs.push([clean(key, notes), plain]);
    }
    return Object.fromEntries(pairs);
  }
  return json.safeParse(value).data ?? null;
}

function clean(text: string, notes: { changed: boolean }): string {
  const kept = text.toWellFormed().replaceAll('\0', '');
  if (kept !== text) notes.changed = true;
  return kept;
}
