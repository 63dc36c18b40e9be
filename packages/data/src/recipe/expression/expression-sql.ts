import { type DatePart, type Expression, typeOf, words } from '@banyan/engine';
import { identifier, literal, literals } from '../../sql.ts';

/**
 * How raw numbers are taken: `measured` as they are, in double precision, to learn from; `served` as a served row has
 * them, in single, to compute the features that a model sees.
 */
export type Precision = 'measured' | 'served';

/** A value that is longer than this is computed once and named, by a lambda over a list of one. */
const longestRepeated = 90;

/** An expression as SQL: numbers are DOUBLE, texts VARCHAR, both NULL where they are missing, truths are never NULL. */
export function expressionSql(expression: Expression, precision: Precision = 'measured'): string {
  const sql = (one: Expression): string => expressionSql(one, precision);
  const e = expression;
  switch (e.op) {
    case 'column':
      return columnSql(e.name, e.input, precision);
    case 'variable':
      return variable(e.name);
    case 'let':
      return bound(e.name, sql(e.value), () => sql(e.in), true);
    case 'number':
      return numberSql(e.value);
    case 'text':
      return e.value === '' ? 'CAST(NULL AS VARCHAR)' : literal(e.value);
    case 'nothing':
      return 'NULL';
    case 'same-text':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '=':
    case '<>':
      return `coalesce(${sql(e.left)} ${e.op === 'same-text' ? '=' : e.op} ${sql(e.right)}, false)`;
    case 'and':
    case 'or':
      return `(${sql(e.left)} ${e.op.toUpperCase()} ${sql(e.right)})`;
    case 'not':
      return `(NOT ${sql(e.of)})`;
    case 'is-missing':
      return `(${sql(e.of)} IS NULL)`;
    case 'filled':
      return `coalesce(${sql(e.left)}, ${sql(e.right)})`;
    case 'if':
      return `CASE WHEN ${sql(e.condition)} THEN ${sql(e.yes)} ELSE ${sql(e.no)} END`;
    case 'matches':
      return `coalesce(regexp_full_match(${sql(e.of)}, ${literal(e.pattern)}), false)`;
    case 'join-texts':
      return `nullif(concat(${joined(e).map(sql).join(', ')}), '')`;
    case 'lower':
      return `translate(${sql(e.of)}, '${capitals}', '${capitals.toLowerCase()}')`;
    case 'upper':
      return `translate(${sql(e.of)}, '${capitals.toLowerCase()}', '${capitals}')`;
    case 'before':
      return `split_part(${sql(e.of)}, ${literal(e.separator)}, 1)`;
    case 'after':
      return `regexp_extract(${sql(e.of)}, ${literal(`(?s)^.*?${escapePattern(e.separator)}(.*)$`)}, 1)`;
    case 'day-number': {
      const parts = [e.year, e.month, e.day].map((part) => `CAST(${sql(part)} AS BIGINT)`);
      return `CAST(date_diff('day', DATE '1970-01-01', try(make_date(${parts.join(', ')}))) AS DOUBLE)`;
    }
    case 'date-part':
      return datePartSql(sql(e.of), e.part);
    case 'read-number':
      return `TRY_CAST(${sql(e.of)} AS DOUBLE)`;
    case 'place':
      return placeSql(sql(e.of), e.keys);
    case 'pick':
      return `list_extract([${e.values.map(numberSql).join(', ')}]::DOUBLE[], CAST(${sql(e.of)} AS INTEGER) + 1)`;
    case 'pick-text':
      return `list_extract(${texts(e.values)}, CAST(${sql(e.of)} AS INTEGER) + 1)`;
    case 'reached':
      return bound('x', sql(e.of), (x) => reachedSql(x, e.edges, 0));
    case 'settled':
      return settledSql(sql(e.of));
    case 'negative':
      return `(-${sql(e.of)})`;
    case 'log':
      return bound('x', sql(e.of), (x) => `CASE WHEN ${x} > 0 THEN ln(${x}) END`);
    case 'sqrt':
      return bound('x', sql(e.of), (x) => `CASE WHEN ${x} >= 0 THEN sqrt(${x}) END`);
    case 'exp':
      return settledSql(`exp(${sql(e.of)})`);
    case 'round':
      return `round_even(${sql(e.of)}, 0)`;
    case 'abs':
    case 'floor':
    case 'ceil':
    case 'sin':
    case 'cos':
      return `${e.op}(${sql(e.of)})`;
    case '/':
    case '%':
      if (e.right.op === 'number' && e.right.value !== 0) return `(${sql(e.left)} ${e.op} ${sql(e.right)})`;
      return bound(
        'divisor',
        sql(e.right),
        (y) => `CASE WHEN ${y} <> 0 THEN ${sql(e.left)} ${e.op} ${y} END`,
      );
    case '^':
      return settledSql(`pow(${sql(e.left)}, ${sql(e.right)})`);
    case 'least':
    case 'greatest': {
      const better = e.op === 'least' ? '<' : '>';
      return bound('a', sql(e.left), (a) =>
        e.right.op === 'number'
          ? `CASE WHEN ${sql(e.right)} ${better} ${a} THEN ${sql(e.right)} ELSE ${a} END`
          : bound(
              'b',
              sql(e.right),
              (b) => `CASE WHEN ${a} ${better} ${b} THEN ${a} WHEN ${b} ${better}= ${a} THEN ${b} END`,
            ),
      );
    }
    default:
      return `(${sql(e.left)} ${e.op} ${sql(e.right)})`;
  }
}

const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** In exponential notation a literal is a DOUBLE, read to the nearest one. */
export const numberSql = (value: number): string =>
  value < 0 || Object.is(value, -0)
    ? `(-${Math.abs(value).toExponential()}::DOUBLE)`
    : `${value.toExponential()}::DOUBLE`;

/** Beyond single precision a served number is infinite, and so missing. */
function columnSql(name: string, input: 'number' | 'string', precision: Precision): string {
  const column = identifier(name);
  if (input === 'string') return `CAST(${column} AS VARCHAR)`;
  return precision === 'served'
    ? `CAST(TRY_CAST(${column} AS FLOAT) AS DOUBLE)`
    : `CAST(${column} AS DOUBLE)`;
}

const variable = (name: string): string => identifier(`banyan.${name}`);

/** SQL has no name for a part of an expression but the parameter of a lambda. */
export function bound(name: string, value: string, body: (named: string) => string, always = false): string {
  if (!always && value.length <= longestRepeated) return body(value);
  return `list_transform([${value}], lambda ${variable(name)}: ${body(variable(name))})[1]`;
}

const settledSql = (value: string): string =>
  bound('x', value, (x) => `CASE WHEN isfinite(${x}) THEN ${x} END`);

/** A tree of comparisons, as deep as the logarithm of their number. */
function reachedSql(x: string, edges: readonly number[], from: number): string {
  if (edges.length === 0) return `(${x} * 0 + ${from})`;
  const middle = Math.floor(edges.length / 2);
  const above = reachedSql(x, edges.slice(middle + 1), from + middle + 1);
  return `CASE WHEN ${x} >= ${numberSql(edges[middle]!)} THEN ${above} ELSE ${reachedSql(x, edges.slice(0, middle), from)} END`;
}

/** A list is searched from its start, a tree of comparisons in the logarithm of its length. */
const longestSearched = 64;

function placeSql(x: string, keys: readonly string[]): string {
  if (keys.length <= longestSearched)
    return `CAST(nullif(list_position(${literals(keys)}, ${x}), 0) - 1 AS DOUBLE)`;
  const sorted = [...keys.entries()].map(([place, key]) => ({ place, key, bytes: Buffer.from(key) }));
  sorted.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const tree = (from: number, to: number, named: string): string => {
    const middle = sorted[Math.floor((from + to) / 2)]!;
    if (to - from === 1) return `CASE WHEN ${named} = ${literal(middle.key)} THEN ${middle.place} END`;
    const at = Math.floor((from + to) / 2);
    return `CASE WHEN ${named} < ${literal(middle.key)} THEN ${tree(from, at, named)} ELSE ${tree(at, to, named)} END`;
  };
  return bound('key', x, (named) => `CAST(${tree(0, sorted.length, named)} AS DOUBLE)`);
}

/** The texts that nested joins put side by side: DuckDB writes what is within nullif twice. */
const joined = (e: Expression): Expression[] =>
  e.op === 'join-texts' ? [...joined(e.left), ...joined(e.right)] : [e];

const texts = (values: readonly string[]): string =>
  `[${values.map((value) => (value === '' ? 'NULL' : literal(value))).join(', ')}]::VARCHAR[]`;

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Days beyond what DuckDB's dates reach have no parts. */
function datePartSql(days: string, part: DatePart): string {
  if (part === 'hour') return bound('moment', days, (x) => `((${x} - floor(${x})) * 24)`);
  const date = `(DATE '1970-01-01' + CAST(floor(${days}) AS INTEGER))`;
  const fields = {
    month: `month(${date}) - 1`,
    day: `day(${date}) - 1`,
    'day-of-year': `dayofyear(${date}) - 1`,
    weekday: `isodow(${date}) - 1`,
  };
  return `CAST(try(${fields[part]}) AS DOUBLE)`;
}

/** A truth as the number 1 or 0, anything else as it is. */
export const asNumber = (expression: Expression): Expression =>
  typeOf(expression) === 'truth' ? words.when(expression, 1, 0) : expression;
