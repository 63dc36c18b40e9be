import type { VersionFacts } from './facts.ts';

/** A BibTeX entry for one version. */
export function bibtexOf(facts: VersionFacts): string {
  const year = String(facts.commit.createdAt.getUTCFullYear());
  const fields: [string, string | undefined][] = [
    ['title', `{${latex(facts.title)}}`],
    ['author', facts.creators.map(author).join(' and ')],
    ['year', year],
    ['publisher', latex(facts.publisher.name)],
    ['version', latex(facts.version)],
    ['doi', facts.doi],
    ['url', address(facts.url)],
    ['note', `${facts.kind === 'dataset' ? 'Data set' : 'Model'}, commit ${facts.commit.id}`],
  ];
  const lines = fields.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name} = {${value}},`]));
  return `@misc{${key(facts, year)},\n${lines.join('\n')}\n}\n`;
}

function author({ kind, name, given, family }: VersionFacts['creators'][number]): string {
  if (kind === 'organisation' || family === undefined) return `{${latex(name)}}`;
  return given === undefined ? `{${latex(family)}}` : `${braced(family)}, ${braced(given)}`;
}

/** A name with " and " or a comma in it would be read as two. */
const braced = (part: string): string => (/,|\band\b/i.test(part) ? `{${latex(part)}}` : latex(part));

const specials: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/** As text of LaTeX: what would be a command, a group or a comment is itself. */
const latex = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\{}~^&%$#_]/g, (character) => specials[character] ?? `\\${character}`)
    .trim();

const address = (url: string): string => url.replaceAll(/[{}\\\s]/g, encodeURIComponent);

/** `doe2026penguins` */
function key(facts: VersionFacts, year: string): string {
  const [first] = facts.creators;
  return `${plain(first?.family ?? first?.name ?? 'anonymous') || 'author'}${year}${plain(facts.path.split('/')[1] ?? '')}`;
}

const plain = (text: string) =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
