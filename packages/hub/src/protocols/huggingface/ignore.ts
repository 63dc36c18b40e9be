import { type Pattern, readPattern } from '../../repositories/patterns.ts';

interface Rule {
  pattern: Pattern;
  folder: boolean;
  ignores: boolean;
}

/** What a `.gitignore` says: https://git-scm.com/docs/gitignore */
export type Ignored = (path: string) => boolean;

const mostLines = 2000;

/** Reads a `.gitignore` of the root. The last pattern that fits decides; what lies in an ignored folder is ignored. */
export function readIgnore(text: string): Ignored {
  const rules: Rule[] = [];
  for (const raw of text.split(/\r\n|\r|\n/, mostLines)) {
    const line = withoutSpaces(raw);
    if (line === '' || line.startsWith('#')) continue;
    const negated = line.startsWith('!');
    const folder = line.endsWith('/');
    const pattern = line.slice(negated ? 1 : 0, folder ? -1 : undefined).replace(/^\\(?=[#!])/, '');
    if (pattern !== '') rules.push({ pattern: readPattern(pattern), folder, ignores: !negated });
  }
  if (rules.length === 0) return () => false;
  return (path) => {
    const parts = path.split('/');
    // By how many of its first parts: what the last pattern that fits them says.
    const ignored: boolean[] = [];
    for (const { pattern, folder, ignores } of rules)
      for (const [length, fits] of pattern.fitsFirst(parts).entries())
        if (fits && !(folder && length === parts.length)) ignored[length] = ignores;
    return ignored.includes(true);
  };
}

/** Spaces at the end say nothing, but for one behind a backslash. A regular expression would take the square of their number. */
function withoutSpaces(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ') end -= 1;
  return line.slice(0, line[end - 1] === '\\' ? end + 1 : end);
}
