import type { AlgorithmInfo, Json } from '@banyan/contract';
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
  const { properties = {} } = info.config as { properties?: Record<string, SettingSchema> };
  const rows = Object.entries(properties).map(([name, schema]) => [
    name,
    rangeOf(schema),
    schema.default === undefined ? '' : JSON.stringify(schema.default),
    schema.description ?? '',
  ]);
  return rows.length === 0
    ? about
    : `${about}\n\n${table(['setting', 'values', 'default', 'what it does'], rows)}`;
}

/** The part of JSON Schema that settings use. */
interface SettingSchema {
  type?: string;
  enum?: Json[];
  const?: Json;
  anyOf?: SettingSchema[];
  items?: SettingSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  default?: Json;
  description?: string;
}

/** JSON Schema of a whole number says its type's limits, which nobody needs to read. */
const bound = (value: number | undefined): number | undefined =>
  value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;

function rangeOf(schema: SettingSchema): string {
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value).replaceAll('"', '')).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map(rangeOf).join(' or ');
  if (schema.type === 'array')
    return `list of ${schema.items === undefined ? 'values' : rangeOf(schema.items)}`;
  const [least, most] = [bound(schema.minimum), bound(schema.maximum)];
  const [above, below] = [bound(schema.exclusiveMinimum), bound(schema.exclusiveMaximum)];
  const low = least !== undefined ? `from ${least}` : above !== undefined ? `above ${above}` : '';
  const high = most !== undefined ? `to ${most}` : below !== undefined ? `below ${below}` : '';
  return [schema.type ?? '', low, high].filter(Boolean).join(' ');
}
