import { type AlgorithmInfo, settingsOf } from '@banyan/contract';
import type { Command } from 'commander';
import { leaf, withHub } from '../command.ts';
import { nearest } from '../nearest.ts';
import { CliError } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { facts, table } from '../table.ts';

export function addAlgorithms(program: Command, shell: Shell): void {
  leaf(program, 'algorithms [name]', 'The catalogue, or one algorithm: formula, paper, settings', [
    'algorithms',
    'algorithms rnn',
  ]).action(
    withHub(shell, async ({ hub, print }, name: string | undefined) => {
      const all = await hub.algorithms.list();
      if (name === undefined) {
        const rows = all.map((item) => [item.name, item.title, item.kinds.join(', '), item.tasks.join(', ')]);
        const none = 'none yet: the catalogue comes from the workers, and none has joined';
        print(all, all.length === 0 ? none : table(['algorithm', 'title', 'data', 'tasks'], rows));
        return;
      }
      const found = all.find((item) => item.name === name);
      if (found !== undefined) return print(found, describeAlgorithm(found));
      const close = nearest(
        name,
        all.map((item) => item.name),
      );
      throw new CliError(`There is no algorithm ${name}.`, {
        code: 'NOT_FOUND',
        hint: close === undefined ? 'See them all: banyan algorithms' : `Did you mean ${close}?`,
      });
    }),
  );
}

export function describeAlgorithm(info: AlgorithmInfo): string {
  const { authors, title, year, url } = info.paper;
  const about = facts({
    algorithm: `${info.name} (${info.title})`,
    summary: info.summary,
    'good for': info.goodFor,
    formula: info.formula,
    ...Object.fromEntries(Object.entries(info.symbols).map(([symbol, meaning]) => [`  ${symbol}`, meaning])),
    paper: `${authors}: ${title} (${year})${url === undefined ? '' : ` ${url}`}`,
    data: info.kinds.join(', '),
    tasks: info.tasks.join(', '),
    metrics: info.metrics.join(', '),
  });
  const rows = settingsOf(info.config).map((setting) => [
    setting.name,
    setting.values,
    setting.default,
    setting.help,
  ]);
  return rows.length === 0
    ? about
    : `${about}\n\n${table(['setting', 'values', 'default', 'what it does'], rows)}`;
}
