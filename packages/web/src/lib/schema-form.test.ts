import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldsOf, labelOf, rangeOf, readForm, textOf } from './schema-form.ts';

const config = z.object({
  hiddenSizes: z.array(z.int().min(1).max(512)).default([16]).describe('units of each hidden layer'),
  activation: z.enum(['relu', 'tanh']).default('relu'),
  learningRate: z.number().min(1e-6).max(1).default(0.01).describe('step size'),
  epochs: z.int().min(1).max(1000).default(20),
  batchNorm: z.boolean().default(false),
  clipNorm: z.number().positive().optional(),
  seed: z.int().default(1),
});
const fields = fieldsOf(z.toJSONSchema(config, { io: 'input' })) ?? [];
const named = (name: string) => fields.find((field) => field.name === name)!;

test('each property of a zod config becomes a field of its kind, with help, range and default', () => {
  expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
    ['hiddenSizes', 'numbers'],
    ['activation', 'choice'],
    ['learningRate', 'number'],
    ['epochs', 'integer'],
    ['batchNorm', 'boolean'],
    ['clipNorm', 'number'],
    ['seed', 'integer'],
  ]);
  expect(named('learningRate')).toMatchObject({
    help: 'step size',
    minimum: 1e-6,
    maximum: 1,
    initial: 0.01,
  });
  expect(named('activation').choices).toEqual(['relu', 'tanh']);
  expect(rangeOf(named('epochs'))).toBe('1 to 1,000');
  expect(rangeOf(named('seed'))).toBeUndefined();
  expect(fields.some(({ required }) => required)).toBe(false);
});

test('a form left alone sends nothing: the algorithm keeps its defaults', () => {
  expect(readForm(fields, {})).toEqual({ config: {}, errors: {} });
  const texts = Object.fromEntries(fields.map((field) => [field.name, textOf(field, field.initial)]));
  expect(readForm(fields, texts)).toEqual({ config: {}, errors: {} });
});

test('what was changed is sent in its own type, and passes the schema', () => {
  const read = readForm(fields, {
    hiddenSizes: '64, 32',
    activation: 'tanh',
    learningRate: '3e-4',
    batchNorm: 'true',
    epochs: ' 50 ',
  });
  expect(read).toEqual({
    config: { hiddenSizes: [64, 32], activation: 'tanh', learningRate: 3e-4, batchNorm: true, epochs: 50 },
    errors: {},
  });
  expect(config.safeParse(read.config).success).toBe(true);
});

test('what cannot be right is said beside its field and not sent', () => {
  const { config: sent, errors } = readForm(fields, {
    learningRate: '2',
    epochs: '1.5',
    hiddenSizes: '64, many',
  });
  expect(sent).toEqual({});
  expect(errors).toEqual({
    learningRate: 'Must be 1 × 10⁻⁶ to 1.',
    epochs: 'Write a whole number.',
    hiddenSizes: 'Write a number, such as 0.01.',
  });
});

test('a schema of another shape is no form', () => {
  expect(fieldsOf('nonsense')).toBeUndefined();
  expect(fieldsOf({ properties: 3 })).toBeUndefined();
});

test('names read as words', () => {
  expect(labelOf('hiddenSizes')).toBe('Hidden sizes');
  expect(labelOf('learning_rate')).toBe('Learning rate');
});

test('settings that most people leave alone are marked', () => {
  const fields = fieldsOf({
    properties: { epochs: { type: 'integer' }, schedule: { enum: ['cosine'], advanced: true } },
  });
  expect(fields?.map(({ name, advanced }) => [name, advanced])).toEqual([
    ['epochs', false],
    ['schedule', true],
  ]);
});
