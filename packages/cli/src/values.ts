import type { Json } from '@banyan/contract';
import { usageError } from './refusal.ts';

/** `32` a number, `true` a truth value, `[32,32]` a list, `{"a":1}` an object; anything else is text as it stands. */
export function parseValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    if (/^[[{"]/.test(text))
      throw usageError(`"${text}" is not valid JSON.`, "Quote it for your shell: --set 'hidden=[32,32]'");
    return text;
  }
}

/** `key=value` settings of an algorithm. */
export function parseSettings(settings: readonly string[]): Record<string, Json> {
  return Object.fromEntries(
    settings.map((setting) => {
      const cut = setting.indexOf('=');
      if (cut < 1)
        throw usageError(`"${setting}" is not a setting.`, 'Write key=value, as in learningRate=0.01.');
      return [setting.slice(0, cut).trim(), parseValue(setting.slice(cut + 1).trim())];
    }),
  );
}

export interface Candidate {
  name?: string;
  algorithm: string;
  config: Record<string, Json>;
}

/** `mlp`, or `mlp:hidden=[32,32],learningRate=0.01`. */
export function parseCandidate(text: string): Candidate {
  const cut = text.indexOf(':');
  const algorithm = (cut < 0 ? text : text.slice(0, cut)).trim();
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(algorithm))
    throw usageError(`"${text}" is not a candidate.`, 'Write algorithm or algorithm:key=value,key=value.');
  if (cut < 0) return { algorithm, config: {} };
  return { name: text.slice(0, 120), algorithm, config: parseSettings(splitOutside(text.slice(cut + 1))) };
}

/** Splits at commas that are outside brackets and quotes. */
function splitOutside(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"' && text[at - 1] !== '\\') quoted = !quoted;
    if (quoted) continue;
    if (character === '[' || character === '{') depth++;
    if (character === ']' || character === '}') depth--;
    if (character !== ',' || depth > 0) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  parts.push(text.slice(start));
  return parts.filter((part) => part.trim() !== '');
}

/** A number within bounds, for option values. */
export function parseNumber(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= least && value <= most))
      throw usageError(`${name} is "${text}": write a number from ${least} to ${most}.`);
    return value;
  };
}

/** A whole number within bounds, for option values. */
export function parseWhole(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw usageError(`${name} is "${text}": write a whole number from ${least} to ${most}.`);
    return value;
  };
}

/** `namespace/name` in its parts. */
export function parsePath(path: string): { namespace: string; name: string } {
  const [namespace, name, ...rest] = path.split('/');
  if (!namespace || !name || rest.length > 0)
    throw usageError(`"${path}" names no repository.`, 'Write namespace/name, as in flora/penguins.');
  return { namespace, name };
}

/** The day `2026-12-31` (its end, UTC) or a full time, as the hub wants it. */
export function parseUntil(text: string): string {
  const at = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59Z` : text);
  if (Number.isNaN(at.getTime())) throw usageError(`"${text}" is not a date.`, 'Write it as 2026-12-31.');
  return at.toISOString();
}
