import type { Json } from '@banyan/contract';
import { z } from 'zod';
import { formatNumber } from './format.ts';

type Config = { [key: string]: Json };

/** One field of a form: what JSON Schema says about it, reduced to what a person has to know. */
export interface FormField {
  name: string;
  label: string;
  help: string;
  kind: 'integer' | 'number' | 'boolean' | 'choice' | 'numbers' | 'text' | 'json';
  choices: Json[];
  minimum?: number;
  maximum?: number;
  required: boolean;
  /** Most people leave it alone. */
  advanced: boolean;
  initial?: Json;
}

const property = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  title: z.string().optional(),
  description: z.string().default(''),
  enum: z.array(z.json()).optional(),
  const: z.json().optional(),
  anyOf: z.array(z.looseObject({ const: z.json().optional(), type: z.string().optional() })).optional(),
  items: z.looseObject({ type: z.string().optional() }).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  default: z.json().optional(),
  advanced: z.boolean().default(false),
});
const objectSchema = z.looseObject({
  properties: z.record(z.string(), property).default({}),
  required: z.array(z.string()).default([]),
});

/** zod writes the whole range of safe integers: that is no range to tell a person about. */
const told = (bound: number | undefined) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

/** The fields of an algorithm's config (a JSON Schema object); undefined when it is not such a schema. */
export function fieldsOf(schema: unknown): FormField[] | undefined {
  const parsed = objectSchema.safeParse(schema);
  if (!parsed.success) return undefined;
  const { properties, required } = parsed.data;
  return Object.entries(properties)
    .filter(([name]) => !name.startsWith('$'))
    .map(([name, one]) => {
      const choices = choicesOf(one);
      const minimum = one.minimum ?? one.exclusiveMinimum;
      const maximum = one.maximum ?? one.exclusiveMaximum;
      return {
        name,
        label: one.title ?? labelOf(name),
        help: one.description,
        kind: kindOf(one, choices),
        choices,
        ...(told(minimum) ? { minimum: minimum! } : {}),
        ...(told(maximum) ? { maximum: maximum! } : {}),
        required: required.includes(name) && one.default === undefined,
        advanced: one.advanced,
        ...(one.default === undefined ? {} : { initial: one.default }),
      };
    });
}

function choicesOf(one: z.infer<typeof property>): Json[] {
  if (one.enum !== undefined) return one.enum;
  if (one.const !== undefined) return [one.const];
  const constants = one.anyOf?.map((branch) => branch.const) ?? [];
  return constants.length > 0 && constants.every((value) => value !== undefined) ? constants : [];
}

function kindOf(one: z.infer<typeof property>, choices: Json[]): FormField['kind'] {
  if (choices.length > 0) return 'choice';
  const type = Array.isArray(one.type) ? one.type.find((name) => name !== 'null') : one.type;
  if (type === 'integer' || type === 'number' || type === 'boolean') return type;
  if (type === 'string') return 'text';
  if (type === 'array' && (one.items?.type === 'integer' || one.items?.type === 'number')) return 'numbers';
  return 'json';
}

/** "hiddenSizes" and "hidden_sizes" read as "Hidden sizes". */
export function labelOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "1 to 512", "at least 0"; undefined when anything goes. */
export function rangeOf({ minimum, maximum }: Pick<FormField, 'minimum' | 'maximum'>): string | undefined {
  if (minimum !== undefined && maximum !== undefined)
    return `${formatNumber(minimum)} to ${formatNumber(maximum)}`;
  if (minimum !== undefined) return `at least ${formatNumber(minimum)}`;
  return maximum === undefined ? undefined : `at most ${formatNumber(maximum)}`;
}

/** A value as one types it: a text bare, anything else as JSON. */
export const writeValue = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** What a field's text box shows for a value. */
export function textOf(field: FormField, value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (field.kind === 'numbers' && Array.isArray(value)) return value.map(writeValue).join(', ');
  return field.kind === 'json' ? JSON.stringify(value) : writeValue(value);
}

/** Reads what was typed; an empty box means the algorithm's own default. */
export function readField(field: FormField, text: string): { value?: Json } | { error: string } {
  const trimmed = text.trim();
  if (trimmed === '') return field.required ? { error: 'This is needed.' } : {};
  if (field.kind === 'text') return { value: text };
  if (field.kind === 'boolean') return { value: trimmed === 'true' };
  if (field.kind === 'choice')
    return { value: field.choices.find((choice) => writeValue(choice) === trimmed) ?? trimmed };
  if (field.kind === 'json') return readJson(trimmed);
  const parts = field.kind === 'numbers' ? trimmed.replace(/^\[|\]$/g, '').split(/[\s,;]+/) : [trimmed];
  const numbers = parts.filter((part) => part !== '').map(Number);
  if (numbers.some((number) => !Number.isFinite(number))) return { error: 'Write a number, such as 0.01.' };
  if (field.kind === 'integer' && !Number.isInteger(numbers[0])) return { error: 'Write a whole number.' };
  const outside = numbers.some(
    (number) => number < (field.minimum ?? -Infinity) || number > (field.maximum ?? Infinity),
  );
  if (outside) return { error: `Must be ${rangeOf(field)}.` };
  return { value: field.kind === 'numbers' ? numbers : (numbers[0] ?? 0) };
}

function readJson(text: string): { value: Json } | { error: string } {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return { error: 'This is not valid JSON.' };
  }
}

/** The config to send: only what differs from the defaults, so that the run says what was chosen. */
export function readForm(
  fields: readonly FormField[],
  texts: Readonly<Record<string, string>>,
): { config: Config; errors: Record<string, string> } {
  const config: Config = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const read = readField(field, texts[field.name] ?? textOf(field, field.initial));
    if ('error' in read) errors[field.name] = read.error;
    else if (read.value !== undefined && JSON.stringify(read.value) !== JSON.stringify(field.initial))
      config[field.name] = read.value;
  }
  return { config, errors };
}
