import { DataError } from '../../error.ts';

export interface Token {
  kind: 'number' | 'text' | 'name' | 'quoted' | 'mark' | 'end';
  text: string;
  /** Where it begins, from 0. */
  at: number;
}

const longest = 10_000;

/** Each alternative is one kind; blanks between are skipped. */
const pattern =
  /\s*(?:(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?<text>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*"|`[^`]*`)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<mark><=|>=|<>|!=|==|\|\||[-+*/%^(),<>=]))/uy;

/** The words of an expression. Throws DataError 'recipe' where it is none. */
export function tokensOf(text: string): Token[] {
  if (text.length > longest)
    throw new DataError('recipe', `an expression has at most ${longest} characters`, { length: text.length });
  const tokens: Token[] = [];
  const reader = new RegExp(pattern);
  const end = text.trimEnd().length;
  while (reader.lastIndex < end) {
    const at = reader.lastIndex;
    const groups = reader.exec(text)?.groups;
    if (groups === undefined) {
      const rest = text.slice(at).trimStart();
      throw new DataError(
        'recipe',
        `the expression cannot be read at "${rest.slice(0, 20)}" (character ${end - rest.trimEnd().length + 1})`,
        {
          expression: text,
        },
      );
    }
    const [kind, found] = Object.entries(groups).find(([, group]) => group !== undefined)!;
    const quote = found[0]!;
    const plain =
      kind === 'text' || kind === 'quoted' ? found.slice(1, -1).replaceAll(quote + quote, quote) : found;
    tokens.push({ kind: kind as Token['kind'], text: plain, at: reader.lastIndex - found.length });
  }
  return [...tokens, { kind: 'end', text: '', at: end }];
}
