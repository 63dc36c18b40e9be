import { matchesPattern } from '../../repositories/attributes.ts';

interface Rule {
  pattern: string;
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
    const line = raw.replace(/(?<!\\) +$/, '');
    if (line === '' || line.startsWith('#')) continue;
    const negated = line.startsWith('!');
    const folder = line.endsWith('/');
    const pattern = line.slice(negated ? 1 : 0, folder ? -1 : undefined).replace(/^\\(?=[#!])/, '');
    if (pattern !== '') rules.push({ pattern, folder, ignores: !negated });
  }
  if (rules.length === 0) return () => false;
  return (path) => {
    const parts = path.split('/');
    for (let length = 1; length <= parts.length; length++) {
      const part = parts.slice(0, length).join('/');
      const isFile = length === parts.length;
      const rule = rules.findLast(
        ({ pattern, folder }) => !(folder && isFile) && matchesPattern(pattern, part),
      );
      if (rule?.ignores === true) return true;
    }
    return false;
  };
}
