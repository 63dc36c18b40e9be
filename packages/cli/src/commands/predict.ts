import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Json } from '@banyan/contract';
import type { Command } from 'commander';
import { formatNumber } from '../amounts.ts';
import { collect, leaf, withHub } from '../command.ts';
import { usageError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { table } from '../table.ts';

export function addPredict(program: Command, shell: Shell): void {
  leaf(program, 'predict <deployment> [file]', 'Send raw rows to a deployment ("-": standard input)', [
    `predict flora-species --row '{"island": "Dream", "body_mass": 3750}'`,
    'predict flora-species --file rows.jsonl',
    'cat rows.json | banyan predict flora-species - --json',
  ])
    .option(
      '--row <json>',
      'a row as a JSON object; an array of rows for a model of series (repeatable)',
      collect,
      [],
    )
    .option('--file <file>', 'a JSON array, or JSON lines')
    .action(
      withHub(
        shell,
        async (
          { hub, print },
          name: string,
          from: string | undefined,
          options: { row: string[]; file?: string },
        ) => {
          const file = options.file ?? from;
          const rows = options.row.map((row) => parseRow(row, '--row'));
          if (file !== undefined)
            rows.push(
              ...parseRows(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'), file),
            );
          if (rows.length === 0)
            throw usageError(
              'There is no row to send.',
              `Add --row '{"column": value}', --file rows.jsonl, or "-".`,
            );
          const answer = await hub.deployments.predict({ name, rows });
          print(answer, describePredictions(answer.predictions));
        },
      ),
    );
}

function parseRow(source: string, where: string): Json {
  let row: Json;
  try {
    row = JSON.parse(source) as Json;
  } catch (error) {
    throw usageError(`${where} is not valid JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (typeof row !== 'object' || row === null) throw usageError(`${where}: a row is an object of columns.`);
  return row;
}

/** A JSON array of rows, one JSON object, or JSON lines. */
export function parseRows(source: string, file: string): Json[] {
  if (source.trimStart().startsWith('[')) {
    const rows = parseRow(source, file);
    return Array.isArray(rows) ? rows : [rows];
  }
  const lines = source.split('\n').filter((line) => line.trim() !== '');
  try {
    return [JSON.parse(source) as Json];
  } catch {
    return lines.map((line, index) => parseRow(line, `${file}, line ${index + 1}`));
  }
}

/** One line a prediction; labels with their probabilities, the likeliest first. */
export function describePredictions(predictions: readonly Json[]): string {
  const known = predictions as { label?: string; probabilities?: Record<string, number>; value?: number }[];
  if (known.every(({ label, probabilities }) => label !== undefined && probabilities !== undefined)) {
    const rows = known.map(({ label = '', probabilities = {} }, index) => {
      const order = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
      return [
        String(index + 1),
        label,
        order.map(([name, share]) => `${name} ${formatNumber(share)}`).join(', '),
      ];
    });
    return table(['row', 'label', 'probabilities'], rows);
  }
  if (known.every(({ value }) => value !== undefined))
    return table(
      ['row', 'value'],
      known.map(({ value = 0 }, index) => [String(index + 1), formatNumber(value)]),
    );
  return predictions.map((prediction) => JSON.stringify(prediction)).join('\n');
}
