import type { AlgorithmInfo } from './runs.ts';

/** The part of JSON Schema that the settings of algorithms use. */
interface SettingSchema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: SettingSchema[];
  items?: SettingSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  default?: unknown;
  description?: string;
}

/** One row of the table of an algorithm's settings, in words. */
export interface Setting {
  name: string;
  values: string;
  /** As JSON; empty where there is none. */
  default: string;
  help: string;
}

/** The settings of an algorithm, in the order of its schema. */
export function settingsOf(config: AlgorithmInfo['config']): Setting[] {
  const { properties = {} } = config as { properties?: Record<string, SettingSchema> };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    values: rangeOf(schema),
    default: schema.default === undefined ? '' : JSON.stringify(schema.default),
    help: schema.description ?? '',
  }));
}

/** JSON Schema of a whole number says its type's limits, which nobody needs to read. */
const bound = (value: number | undefined): number | undefined =>
  value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;

function rangeOf(schema: SettingSchema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map(rangeOf).join(' or ');
  if (schema.type === 'array')
    return `list of ${schema.items === undefined ? 'values' : rangeOf(schema.items)}`;
  const [least, most] = [bound(schema.minimum), bound(schema.maximum)];
  const [above, below] = [bound(schema.exclusiveMinimum), bound(schema.exclusiveMaximum)];
  const low = least !== undefined ? `from ${least}` : above !== undefined ? `above ${above}` : '';
  const high = most !== undefined ? `to ${most}` : below !== undefined ? `below ${below}` : '';
  return [schema.type ?? '', low, high].filter((part) => part !== '').join(' ');
}
