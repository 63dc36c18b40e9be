import { type Expression, partsOf, typeOf, type ValueType, words } from '@banyan/engine';
import { DataError } from '../../error.ts';
import { callFunction } from './functions.ts';
import { type Token, tokensOf } from './tokens.ts';

const deepest = 60;
const largest = 2000;

/**
 * Reads an expression of recipes, in the words of SQL: + - * / % ^ (power), || (texts side by side), comparisons, AND OR
 * NOT, IS MISSING, IN (...), CASE WHEN ... THEN ... ELSE ... END, functions; names of columns, in double quotes if they
 * are no plain word; 'texts'; numbers; MISSING.
 *
 * @param valueOf what a column's name stands for; throws DataError 'column' for one that is not there
 * @throws DataError 'recipe' that says what is wrong and where
 */
export function parseExpression(text: string, valueOf: (name: string) => Expression): Expression {
  const tokens = tokensOf(text);
  let at = 0;
  let depth = 0;

  const fail = (message: string, token: Token = tokens[at]!): never => {
    throw new DataError('recipe', `the expression ${message} (character ${token.at + 1} of ${text})`, {
      expression: text,
    });
  };
  const peek = (): Token => tokens[at]!;
  const isMark = (...marks: string[]): boolean => peek().kind === 'mark' && marks.includes(peek().text);
  const isWord = (...found: string[]): boolean =>
    peek().kind === 'name' && found.includes(peek().text.toUpperCase());
  const accept = (is: boolean): boolean => {
    if (is) at += 1;
    return is;
  };
  const expect = (is: boolean, what: string): void => {
    if (!accept(is)) fail(`needs ${what}, not ${peek().text === '' ? 'its end' : `"${peek().text}"`}`);
  };
  const typed = (type: ValueType, expression: Expression, token: Token): Expression => {
    const found = typeOf(expression);
    if (found !== type) fail(`needs a ${type} here, not a ${found}`, token);
    return expression;
  };

  const deeper = (read: () => Expression): Expression => {
    depth += 1;
    if (depth > deepest) fail(`is nested more than ${deepest} deep`);
    const found = read();
    depth -= 1;
    return found;
  };

  const whole = (): Expression => deeper(disjunction);

  function disjunction(): Expression {
    let left = conjunction();
    for (let token = peek(); accept(isWord('OR')); token = peek())
      left = words.either(typed('truth', left, token), typed('truth', conjunction(), peek()));
    return left;
  }

  function conjunction(): Expression {
    let left = negation();
    for (let token = peek(); accept(isWord('AND')); token = peek())
      left = words.both(typed('truth', left, token), typed('truth', negation(), peek()));
    return left;
  }

  function negation(): Expression {
    const token = peek();
    if (accept(isWord('NOT'))) return { op: 'not', of: typed('truth', deeper(negation), token) };
    return comparison();
  }

  function comparison(): Expression {
    const token = peek();
    const left = sum();
    if (accept(isWord('IS'))) {
      const isNot = accept(isWord('NOT'));
      expect(isWord('MISSING', 'NULL'), 'MISSING after IS');
      const missing = words.isMissing(settled(left));
      return isNot ? { op: 'not', of: missing } : missing;
    }
    if (accept(isWord('IN'))) return among(left, token);
    if (!isMark('=', '==', '<>', '!=', '<', '<=', '>', '>=')) return left;
    const mark = peek().text;
    at += 1;
    const right = sum();
    return compare(left, mark === '==' ? '=' : mark === '!=' ? '<>' : mark, right, token);
  }

  function compare(left: Expression, mark: string, right: Expression, token: Token): Expression {
    if (typeOf(left) === 'text' || typeOf(right) === 'text') {
      const same = words.sameText(typed('text', left, token), typed('text', right, token));
      if (mark === '=') return same;
      if (mark !== '<>') fail('compares texts by = and <> only', token);
      const there = words.both(
        { op: 'not', of: words.isMissing(left) },
        { op: 'not', of: words.isMissing(right) },
      );
      return words.both({ op: 'not', of: same }, there);
    }
    const [a, b] = [typed('number', left, token), typed('number', right, token)];
    return words.calculate(settled(a), mark as '<', settled(b));
  }

  function among(left: Expression, token: Token): Expression {
    expect(isMark('('), '( after IN');
    const found: Expression[] = [];
    do found.push(compare(left, '=', sum(), token));
    while (accept(isMark(',')));
    expect(isMark(')'), ')');
    return found.reduce(words.either);
  }

  function sum(): Expression {
    let left = product();
    for (let token = peek(); isMark('+', '-', '||'); token = peek()) {
      at += 1;
      const right = product();
      left =
        token.text === '||'
          ? { op: 'join-texts', left: typed('text', left, token), right: typed('text', right, token) }
          : words.calculate(typed('number', left, token), token.text as '+', typed('number', right, token));
    }
    return left;
  }

  function product(): Expression {
    let left = power();
    for (let token = peek(); isMark('*', '/', '%'); token = peek()) {
      at += 1;
      left = words.calculate(
        typed('number', left, token),
        token.text as '*',
        typed('number', power(), token),
      );
    }
    return left;
  }

  function power(): Expression {
    const token = peek();
    if (accept(isMark('-'))) return words.call('negative', typed('number', deeper(power), token));
    accept(isMark('+'));
    const left = primary();
    if (!accept(isMark('^'))) return left;
    return words.calculate(typed('number', left, token), '^', typed('number', deeper(power), token));
  }

  function primary(): Expression {
    const token = peek();
    at += 1;
    if (token.kind === 'number') {
      const value = Number(token.text);
      if (!Number.isFinite(value)) fail(`has a number beyond all bounds: ${token.text}`, token);
      return words.of(value);
    }
    if (token.kind === 'text') return words.of(token.text);
    if (token.kind === 'quoted') return valueOf(token.text);
    if (token.kind === 'mark' && token.text === '(') {
      const inner = whole();
      expect(isMark(')'), ')');
      return inner;
    }
    if (token.kind !== 'name')
      return fail(`needs a value, not ${token.text === '' ? 'its end' : `"${token.text}"`}`, token);
    const word = token.text.toUpperCase();
    if (word === 'MISSING' || word === 'NULL') return words.nothing;
    if (word === 'TRUE' || word === 'FALSE') return words.calculate(1, '=', word === 'TRUE' ? 1 : 0);
    if (word === 'CASE') return cases();
    if (!isMark('(')) return valueOf(token.text);
    at += 1;
    const given: Expression[] = [];
    if (!accept(isMark(')'))) {
      do given.push(settled(whole()));
      while (accept(isMark(',')));
      expect(isMark(')'), ')');
    }
    return callFunction(token.text.toLowerCase(), given, (message) => fail(message, token));
  }

  function cases(): Expression {
    const branches: [Expression, Expression][] = [];
    while (accept(isWord('WHEN'))) {
      const condition = typed('truth', whole(), peek());
      expect(isWord('THEN'), 'THEN');
      branches.push([condition, settled(whole())]);
    }
    const otherwise = accept(isWord('ELSE')) ? settled(whole()) : words.nothing;
    expect(isWord('END'), 'WHEN, ELSE or END');
    if (branches.length === 0) fail('has a CASE without WHEN');
    const results = [...branches.map(([, result]) => result), otherwise];
    const known = results.find((result) => result.op !== 'nothing');
    if (known === undefined) return fail('has a CASE that gives nothing');
    for (const result of results) if (result.op !== 'nothing') typed(typeOf(known), result, peek());
    return branches.reduceRight((rest, [condition, then]) => words.when(condition, then, rest), otherwise);
  }

  const found = settled(whole());
  if (peek().kind !== 'end') fail(`goes on with "${peek().text}", where it should end`);
  if (found.op === 'nothing') fail('gives nothing');
  if (isLarger(found, largest)) fail(`comes to more than ${largest} parts with the columns it builds on`);
  return found;
}

/** Arithmetic can run beyond all bounds: then the value is missing. */
const settled = (expression: Expression): Expression =>
  ['+', '-', '*'].includes(expression.op) ? { op: 'settled', of: expression } : expression;

/**
 * Whether an expression has more parts than `most`. It looks no further: a part that stands in several places counts in
 * each, so that a short text may come to more than can be counted.
 */
function isLarger(expression: Expression, most: number): boolean {
  let left = most;
  const goesBeyond = (one: Expression): boolean => {
    left -= 1;
    return left < 0 || partsOf(one).some(goesBeyond);
  };
  return goesBeyond(expression);
}
