import { type DatePart, type Expression, typeOf, type ValueType, words } from '@banyan/engine';
import { nearest } from '../../error.ts';

interface Known {
  /** The types it takes; the last may repeat. */
  takes: readonly ValueType[];
  /** The least number of values, if not all of them. */
  least?: number;
  repeats?: boolean;
  make: (...given: Expression[]) => Expression;
}

const number = (op: 'abs' | 'log' | 'exp' | 'sqrt' | 'floor' | 'ceil' | 'round' | 'sin' | 'cos'): Known => ({
  takes: ['number'],
  make: (x) => words.call(op, x),
});
const fold = (op: 'least' | 'greatest'): Known => ({
  takes: ['number'],
  least: 2,
  repeats: true,
  make: (...given) => given.reduce((left, right) => words.calculate(left, op, right)),
});
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
const pattern = (of: (text: string) => string): Known => ({
  takes: ['text', 'text'],
  make: (x, part) => words.matchesPattern(x, `(?s)${of(part?.op === 'text' ? escaped(part.value) : '')}`),
});
/** Of a date, which is a number of days: months and days count from 1. */
const part = (name: DatePart, from: number): Known => ({
  takes: ['number'],
  make: (x) =>
    words.naming('moment', x, (days) =>
      words.calculate({ op: 'date-part', of: days, part: name }, '+', from),
    ),
});

const functions: Readonly<Record<string, Known>> = {
  abs: number('abs'),
  log: number('log'),
  ln: number('log'),
  exp: number('exp'),
  sqrt: number('sqrt'),
  floor: number('floor'),
  ceil: number('ceil'),
  round: number('round'),
  sin: number('sin'),
  cos: number('cos'),
  min: fold('least'),
  least: fold('least'),
  max: fold('greatest'),
  greatest: fold('greatest'),
  lower: { takes: ['text'], make: (x) => ({ op: 'lower', of: x }) },
  upper: { takes: ['text'], make: (x) => ({ op: 'upper', of: x }) },
  contains: pattern((text) => `.*${text}.*`),
  starts_with: pattern((text) => `${text}.*`),
  ends_with: pattern((text) => `.*${text}`),
  month: part('month', 1),
  day: part('day', 1),
  weekday: part('weekday', 1),
  hour: part('hour', 0),
};

/** What a row must be able to tell a graph of plain operators. */
const impossible: Readonly<Record<string, string>> = {
  length: 'has length(), which no served model can compute: ONNX has no operator for it',
  replace: 'has replace(), which no served model can compute: ONNX has no operator for it',
  substr: 'has substr(), which no served model can compute: ONNX has no operator for it',
  random: 'has random(), which gives every row another answer each time; take sample for a choice of rows',
};

/** A function of an expression on its values. `fail` throws with the place. */
export function callFunction(
  name: string,
  given: readonly Expression[],
  fail: (message: string) => never,
): Expression {
  if (name === 'if') return choose(given, fail);
  if (name === 'coalesce') return firstOf(given, fail);
  const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (known === undefined) {
    if (Object.hasOwn(impossible, name)) fail(impossible[name]!);
    const names = [...Object.keys(functions), 'if', 'coalesce'];
    const suggestion = nearest(name, names);
    return fail(
      `has no function ${name}()${suggestion === undefined ? '' : `; did you mean ${suggestion}()?`} (functions: ${names.join(', ')})`,
    );
  }
  const { takes, least = takes.length, repeats = false, make } = known;
  if (given.length < least || (!repeats && given.length > takes.length))
    fail(`gives ${name}() ${given.length} values; it takes ${least}${repeats ? ' or more' : ''}`);
  for (const [i, value] of given.entries()) {
    const wanted = takes[Math.min(i, takes.length - 1)]!;
    if (typeOf(value) !== wanted) fail(`gives ${name}() a ${typeOf(value)}; it takes a ${wanted}`);
  }
  if (['contains', 'starts_with', 'ends_with'].includes(name) && given[1]?.op !== 'text')
    fail(`gives ${name}() another column to look for; it takes a text in single quotes`);
  return make(...given);
}

function choose(given: readonly Expression[], fail: (message: string) => never): Expression {
  const [condition, then, otherwise = words.nothing] = given;
  if (condition === undefined || then === undefined || given.length > 3)
    return fail('has an if() that is not if(condition, value, otherwise)');
  if (typeOf(condition) !== 'truth') fail(`has an if() whose condition is a ${typeOf(condition)}`);
  const results = [then, otherwise].filter(({ op }) => op !== 'nothing');
  if (results.length === 0) fail('has an if() that gives nothing');
  if (new Set(results.map(typeOf)).size > 1) fail('has an if() that gives a text or a number by turns');
  return words.when(condition, then, otherwise);
}

function firstOf(given: readonly Expression[], fail: (message: string) => never): Expression {
  if (given.length < 2) fail('gives coalesce() one value; it takes two or more');
  const types = new Set(given.map(typeOf));
  if (types.size > 1 || types.has('truth')) fail('gives coalesce() values of several types');
  return given.reduceRight((rest, value) => words.filled(value, rest));
}
