/**
 * Whether a path matches a pattern as a card's `data_files` have it: `*` and `?` within a folder, `**` across folders,
 * `{a,b}` alternatives. In time that is at most the product of their lengths: patterns come from strangers.
 */
export function matchesGlob(pattern: string, path: string): boolean {
  return alternatives(pattern).some((one) => matches(one, path));
}

const maxAlternatives = 32;

function alternatives(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  while (open.length > 0 && done.length + open.length <= maxAlternatives) {
    const next = open.pop() ?? '';
    const [whole, inner] = /\{([^{}]*)\}/.exec(next) ?? [];
    if (whole === undefined || inner === undefined) done.push(next);
    else open.push(...inner.split(',').map((choice) => next.replace(whole, () => choice)));
  }
  return [...done, ...open];
}

type Token =
  | { kind: 'text'; text: string }
  /** `?`, `*`, `**` and `**` with a slash behind, which stands for no folder too. */
  | { kind: 'one' | 'within' | 'across' | 'folders' };

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.replace(/^\.?\//, '');
  // Most patterns of a large card begin with the folder of their own configuration: most files are told from it at once.
  const [beginning = ''] = /^[^*?]*/.exec(wanted) ?? [];
  if (!path.startsWith(beginning)) return false;
  // reached[i]: the tokens so far match the first i characters.
  let reached = Array.from({ length: path.length + 1 }, (_, at) => at === 0);
  for (const token of tokensOf(wanted)) reached = step(token, path, reached);
  return reached[path.length] === true;
}

function step(token: Token, path: string, reached: readonly boolean[]): boolean[] {
  const next: boolean[] = [];
  let running = false;
  for (let at = 0; at <= path.length; at += 1) {
    const here = path[at - 1];
    const before = reached[at - 1] === true;
    if (token.kind === 'text') next[at] = before && here === token.text;
    else if (token.kind === 'one') next[at] = before && here !== '/';
    else if (token.kind === 'folders') {
      next[at] = reached[at] === true || (running && here === '/');
      running ||= reached[at] === true;
    } else {
      if (token.kind === 'within' && here === '/') running = false;
      running ||= reached[at] === true;
      next[at] = running;
    }
  }
  return next;
}

const tokensOf = (pattern: string): Token[] =>
  [...pattern.matchAll(/\*\*+\/|\*\*+|[\s\S]/g)].map(([text]) => {
    if (text.length > 1) return { kind: text.endsWith('/') ? 'folders' : 'across' };
    if (text === '*') return { kind: 'within' };
    return text === '?' ? { kind: 'one' } : { kind: 'text', text };
  });
