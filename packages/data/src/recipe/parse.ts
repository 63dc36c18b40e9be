import { parse } from 'yaml';
import type { z } from 'zod';
import { DataError } from '../error.ts';
import { type Recipe, recipeSchema } from './schema.ts';

/**
 * Reads a recipe written in YAML or JSON.
 * @throws DataError 'recipe' that names the place and what belongs there.
 */
export function parseRecipe(text: string): Recipe {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const [reason = 'unreadable'] = error instanceof Error ? error.message.split('\n') : [];
    throw new DataError('recipe', `the recipe is not valid YAML: ${reason}`, {}, error);
  }
  return checkRecipe(value);
}

/** The same for a recipe that is an object already. */
export function checkRecipe(value: unknown): Recipe {
  const parsed = recipeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const messages = parsed.error.issues.map(describe);
  throw new DataError('recipe', `the recipe is not right: ${messages.join('; ')}`, { issues: messages });
}

function describe(issue: z.core.$ZodIssue): string {
  const place = issue.path
    .map((key) => (typeof key === 'number' ? `[${key + 1}]` : `.${String(key)}`))
    .join('');
  return `${place.replace(/^\./, '') || 'it'} ${issue.message.replace(/^Invalid/, 'is invalid:')}`;
}
