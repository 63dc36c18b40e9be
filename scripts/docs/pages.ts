import { readFile } from 'node:fs/promises';
import { type Algorithm, type Config, catalogue, type Task } from '@banyan/algorithms';
import { type AlgorithmInfo, settingsOf } from '@banyan/contract';
import { z } from 'zod';

/** Where figures lie: the web app serves them, the pages link to them. */
export const FIGURES = 'packages/web/public/figures';

export interface Figure {
  /** What can be seen, on which data, after which run. */
  caption: string;
}

/** The pages by their path. */
export async function pages(root: string): Promise<Map<string, string>> {
  const figures = JSON.parse(
    await readFile(`${root}${FIGURES}/figures.json`, 'utf8').catch(() => '{}'),
  ) as Record<string, Figure>;
  const algorithms = Object.values(catalogue);
  return new Map([
    ['docs/algorithms/README.md', overview(algorithms)],
    ...algorithms.map(
      (algorithm) =>
        [`docs/algorithms/${algorithm.name}.md`, pageOf(algorithm, figures[algorithm.name])] as const,
    ),
    ['docs/textbook.md', await withListings(root, await readFile(`${root}docs/textbook.md`, 'utf8'))],
  ]);
}

const GENERATED = '<!-- Written by npm run docs from the catalogue. -->';

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function overview(algorithms: readonly Algorithm[]): string {
  const rows = (baseline: boolean) =>
    algorithms
      .filter((algorithm) => algorithm.baseline === baseline)
      .map(({ name, title, summary, tasks }) => [`[${name}](${name}.md)`, title, summary, tasks.join(', ')]);
  const head = ['name', 'algorithm', 'what it is', 'tasks'];
  return `${GENERATED}

# The catalogue

${table(head, rows(false))}

What they are measured against:

${table(head, rows(true))}

From formula to code, in three programs of one page: [the textbook](../textbook.md).
`;
}

function pageOf(algorithm: Algorithm, figure: Figure | undefined): string {
  const { name, title, summary, latex, symbols, goodFor, paper, tasks, kinds, metrics } = algorithm;
  const source = paper.url === undefined ? `*${paper.title}*` : `[*${paper.title}*](${paper.url})`;
  const parts = [
    GENERATED,
    `# ${title} (\`${name}\`)`,
    summary,
    `$$\n${latex}\n$$`,
    table(
      ['symbol', 'is'],
      Object.entries(symbols).map(([symbol, meaning]) => [`\`${symbol}\``, meaning]),
    ),
    '## What it is good for',
    goodFor,
    table(
      ['tasks', 'data', 'measured by', 'measured against'],
      [[tasks.join(', '), kinds.join(', '), metrics.join(', '), rivals(algorithm, tasks)]],
    ),
    figure && `![${figure.caption}](../../${FIGURES}/${name}.svg)`,
    figure?.caption,
    '## Settings',
    settingsTable(algorithm),
    '## Source',
    `${paper.authors} (${paper.year}): ${source}. The code: [packages/algorithms/src/catalogue](../../packages/algorithms/src/catalogue).`,
  ];
  return `${parts.filter((part) => part !== undefined && part !== '').join('\n\n')}\n`;
}

function rivals(algorithm: Algorithm, tasks: readonly Task[]): string {
  const defaults = algorithm.config.parse({}) as Config;
  const names = new Set(tasks.map((task) => algorithm.baselineFor(task, defaults).name));
  names.delete(algorithm.name);
  return names.size === 0
    ? 'nothing: it is the simplest'
    : [...names].map((rival) => `[${rival}](${rival}.md)`).join(', ');
}

function settingsTable({ config }: Algorithm): string {
  const schema = z.toJSONSchema(config, { io: 'input' }) as AlgorithmInfo['config'];
  const rows = settingsOf(schema).map((setting) => [
    `\`${setting.name}\``,
    setting.values,
    setting.default === '' ? '' : `\`${setting.default}\``,
    setting.help,
  ]);
  return rows.length === 0 ? 'None.' : table(['setting', 'values', 'default', 'what it does'], rows);
}

/** Each `<!-- listing: PATH -->` is followed by the program at that path, put in anew. */
async function withListings(root: string, text: string): Promise<string> {
  const marks = [...text.matchAll(/<!-- listing: (\S+) -->\n\n```ts\n[\s\S]*?```\n/g)];
  const listings = await Promise.all(marks.map(async ([, path]) => readFile(`${root}${path}`, 'utf8')));
  return marks.reduce(
    (page, [old, path], index) =>
      page.replace(
        old,
        () => `<!-- listing: ${path} -->\n\n\`\`\`ts\n${listings[index]!.trimEnd()}\n\`\`\`\n`,
      ),
    text,
  );
}
