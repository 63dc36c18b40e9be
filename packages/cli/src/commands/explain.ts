import type { Command } from 'commander';
import { formatMeasured, formatNumber } from '../amounts.ts';
import { leaf, withHub } from '../command.ts';
import { followJob } from '../follow.ts';
import { bar } from '../progress-line.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';
import { parsePath, parseWhole } from '../values.ts';

/** What this page shows of the explanation.json that a worker writes. */
interface ExplanationView {
  metric: string;
  permutation: { column: string; importance: number; low: number; high: number }[];
  gradients?: { columns: { column: string; meanAbsolute: number }[] };
  rowsUsed: number;
}

export function addExplain(program: Command, shell: Shell): void {
  leaf(program, 'explain <model>', 'Which columns a model relies on', ['explain flora/species --rows 100'])
    .option('--project <slug>', "default: the model's namespace")
    .option('--revision <revision>', 'of the model', 'main')
    .option('--rows <n>', 'held-out rows to explain one by one', parseWhole('--rows', 1, 500), 50)
    .option('--no-follow', 'return at once')
    .action(
      withHub(
        shell,
        async (
          context,
          model: string,
          options: { project?: string; revision: string; rows: number; follow: boolean },
        ) => {
          const { hub, print } = context;
          const at = parsePath(model);
          const { revision, rows, project = at.namespace } = options;
          const job = await hub.jobs.explain({ project, model, revision, rows });
          if (!options.follow) return print(job, 'Follow it: banyan jobs list');
          await followJob(context, job);
          const { explanation } = await hub.repositories.explanation({
            kind: 'model',
            ...at,
            revision: 'main',
          });
          print(explanation, explanation === undefined ? 'There is no explanation.' : describe(explanation));
        },
      ),
    );
}

function describe(explanation: unknown): string {
  const { texts } = explanation as { texts?: TextsView };
  if (texts !== undefined) return describeTexts(texts);
  const { metric, permutation, gradients, rowsUsed } = explanation as ExplanationView;
  const largest = Math.max(1e-12, ...permutation.map(({ importance }) => importance));
  const meanAbsolute = new Map(gradients?.columns.map((item) => [item.column, item.meanAbsolute]));
  const rows = [...permutation]
    .sort((a, b) => b.importance - a.importance)
    .map(({ column, importance, low, high }) => [
      column,
      formatMeasured({ value: importance, low, high }),
      bar(importance / largest, 16),
      meanAbsolute.has(column) ? formatNumber(meanAbsolute.get(column) ?? 0) : '',
    ]);
  const head = ['column', `loss of ${metric} when shuffled`, '', 'integrated gradients'];
  return `${table(head, rows)}\non ${rowsUsed} held-out rows, with 95 % intervals`;
}

interface TextsView {
  rows: { row: number; predicted: string; words: { word: string; contribution: number }[] }[];
}

/** The words that did most for and against each answer. */
function describeTexts({ rows }: TextsView): string {
  const strongest = rows.map(({ row, predicted, words }) => {
    const some = [...words]
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
      .slice(0, 6)
      .map(({ word, contribution }) => `${word} ${contribution > 0 ? '+' : ''}${formatNumber(contribution)}`);
    return [String(row + 1), predicted, some.join(', ')];
  });
  return `${table(['text', 'answer', 'words that moved its probability most'], strongest)}\non held-out texts, by integrated gradients`;
}
