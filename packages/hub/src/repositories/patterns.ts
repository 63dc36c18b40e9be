/** A pattern of Git's, held against a path that is in its parts already: one path meets many patterns. */
export interface Pattern {
  /** Whether it fits the whole path. */
  fits(parts: readonly string[]): boolean;
  /** By how many of its first parts: whether it fits them, as a folder of the path. */
  fitsFirst(parts: readonly string[]): readonly boolean[];
}

/** Longer patterns fit nothing: no path is half as long. */
const mostCharacters = 1024;

/** Git's patterns: without a slash for a name in any folder, else for the whole path; `**` is any number of folders. */
export function readPattern(pattern: string): Pattern {
  if (pattern.length > mostCharacters) return { fits: () => false, fitsFirst: () => [] };
  const wanted = pattern.replace(/^\//, '').split('/');
  const names = wanted.map((name) => (name === '**' ? undefined : readName(name)));
  const [only] = names;
  if (names.length === 1 && only && !pattern.startsWith('/'))
    return {
      fits: (parts) => only(parts.at(-1) ?? ''),
      fitsFirst: (parts) => [false, ...parts.map(only)],
    };
  return {
    fits: (parts) => reachOf(names, parts)[parts.length] === true,
    fitsFirst: (parts) => reachOf(names, parts),
  };
}

type FitsName = (name: string) => boolean;

/** By how many first parts: whether these names (undefined: any number of folders) fit them. */
function reachOf(names: readonly (FitsName | undefined)[], parts: readonly string[]): boolean[] {
  let reach = parts.map(() => false).concat(false);
  reach[0] = true;
  for (const [index, fitsName] of names.entries()) {
    const last = index === names.length - 1;
    const next = reach.map(() => false);
    for (const [at, here] of reach.entries()) {
      if (!fitsName)
        next[at] = (here && !last) || (at > 0 && (next[at - 1] === true || reach[at - 1] === true));
      else if (here && at < parts.length && fitsName(parts[at] ?? '')) next[at + 1] = true;
    }
    reach = next;
  }
  return reach;
}

/** `*`, `?` and `[...]` within one name. What most patterns are, an ending or a name, is looked at in one go. */
function readName(pattern: string): FitsName {
  const ending = /^\*([^*?[\\]*)$/.exec(pattern)?.[1];
  if (ending !== undefined) return (name) => name.endsWith(ending);
  if (!/[*?[\\]/.test(pattern)) return (name) => name === pattern;
  return (name) => matchesName(pattern, name);
}

/** In time proportional to both lengths. */
function matchesName(pattern: string, name: string): boolean {
  let [at, position, star, starAt] = [0, 0, -1, 0];
  while (position < name.length) {
    const step = pattern[at] === '*' ? undefined : fits(pattern, at, name[position] ?? '');
    if (pattern[at] === '*') [star, starAt, at] = [at, position, at + 1];
    else if (step !== undefined) [at, position] = [at + step, position + 1];
    else if (star >= 0) [at, starAt, position] = [star + 1, starAt + 1, starAt + 1];
    else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** How many characters of the pattern stand for this one of the name; undefined when they do not. */
function fits(pattern: string, at: number, character: string): number | undefined {
  const one = pattern[at];
  if (one === undefined) return undefined;
  if (one === '?') return 1;
  if (one === '\\' && at + 1 < pattern.length) return pattern[at + 1] === character ? 2 : undefined;
  const end = one === '[' ? pattern.indexOf(']', at + 2) : -1;
  if (end < 0) return one === character ? 1 : undefined;
  const set = pattern.slice(at + 1, end);
  const not = /^[!^]/.test(set);
  return inSet(not ? set.slice(1) : set, character) === not ? undefined : end + 1 - at;
}

function inSet(set: string, character: string): boolean {
  for (let index = 0; index < set.length; index += 1) {
    const from = set[index] ?? '';
    const to = set[index + 1] === '-' ? set[index + 2] : undefined;
    if (to === undefined ? character === from : character >= from && character <= to) return true;
    if (to !== undefined) index += 2;
  }
  return false;
}
