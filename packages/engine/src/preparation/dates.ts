import type { DatePart, Expression } from './expression.ts';
import { both, calculate, call, either, matchesPattern, naming, nothing, of, when } from './words.ts';

/**
 * Dates as numbers: days since 1970-01-01, the time of day as a fraction, without time zones. Written out as
 * arithmetic on the digits (Hinnant, "chrono-compatible low-level date algorithms", 2013), so that a table and a graph
 * read the same text as the same day.
 */

/** What a format may hold: each is digits, and what stands between them is as it is written. */
const fields: Readonly<Record<string, { pattern: string; example: string }>> = {
  '%Y': { pattern: '[0-9]{4}', example: '2000' },
  '%m': { pattern: '(0?[1-9]|1[0-2])', example: '01' },
  '%d': { pattern: '(0?[1-9]|[12][0-9]|3[01])', example: '01' },
  '%H': { pattern: '([01]?[0-9]|2[0-3])', example: '00' },
  '%M': { pattern: '[0-5]?[0-9]', example: '00' },
  '%S': { pattern: '[0-5]?[0-9](\\.[0-9]{1,9})?', example: '00' },
  '%b': { pattern: '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)', example: 'Jan' },
  '%B': {
    pattern: '(January|February|March|April|May|June|July|August|September|October|November|December)',
    example: 'January',
  },
};
const monthNames = /\((.*)\)/.exec(fields['%B']!.pattern)![1]!.split('|');

/** ISO 8601, and as databases write times. */
export const isoFormats = [
  '%Y-%m-%d',
  '%Y-%m-%d %H:%M:%S',
  '%Y-%m-%dT%H:%M:%S',
  '%Y-%m-%dT%H:%M:%SZ',
  '%Y-%m-%d %H:%M',
  '%Y-%m-%dT%H:%M',
];

/** The fields of a format and what stands before each and after the last; undefined if it cannot be read. */
function piecesOf(format: string): { names: string[]; between: string[] } | undefined {
  const parts = format.split(/(%[A-Za-z%])/);
  const names = parts.filter((_, i) => i % 2 === 1);
  const between = parts.filter((_, i) => i % 2 === 0);
  if (!names.every((name) => Object.hasOwn(fields, name))) return undefined;
  if (between.slice(1, -1).includes('')) return undefined;
  // A separator that the text of the field before it may hold would be found too early.
  const within: Record<string, RegExp> = { '%S': /^[0-9.]/, '%b': /^[A-Za-z]/, '%B': /^[A-Za-z]/ };
  if (between.slice(1).some((piece, i) => (within[names[i]!] ?? /^[0-9]/).test(piece))) return undefined;
  const months = names.filter((name) => ['%m', '%b', '%B'].includes(name)).length;
  const isWhole = names.includes('%Y') && months === 1 && new Set(names).size === names.length;
  return isWhole ? { names, between } : undefined;
}

/** Why a format of dates cannot be used; undefined if it can. */
export function faultOfFormat(format: string): string | undefined {
  if (piecesOf(format) !== undefined) return undefined;
  return `cannot be read: it needs %Y and one of %m, %b, %B, each at most once, and a mark between any two (known: ${Object.keys(fields).join(' ')})`;
}

/** A text in the first of these formats that fits, as days since 1970-01-01; missing where none does. */
export function daysOfText(x: Expression, formats: readonly string[]): Expression {
  return naming('written', x, (written) =>
    formats.reduceRight<Expression>((otherwise, format) => readFormat(written, format, otherwise), nothing),
  );
}

function readFormat(x: Expression, format: string, otherwise: Expression): Expression {
  const pieces = piecesOf(format);
  if (pieces === undefined) throw new Error(`the date format ${format} ${faultOfFormat(format)}`);
  const { names, between } = pieces;
  const whole = (part: (name: string) => string) =>
    between.map((piece, i) => (i === 0 ? '' : part(names[i - 1]!)) + escapePattern(piece)).join('');
  const fits = matchesPattern(
    x,
    whole((name) => fields[name]!.pattern),
  );
  const example = between.map((piece, i) => (i === 0 ? '' : fields[names[i - 1]!]!.example) + piece).join('');
  return when(
    fits,
    naming('fitting', when(fits, x, example), (text) => daysOf(text, names, between)),
    otherwise,
  );
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function daysOf(text: Expression, names: readonly string[], between: readonly string[]): Expression {
  const digits = new Map<string, Expression>();
  let rest = text;
  const [first = ''] = between;
  if (first !== '') rest = { op: 'after', of: rest, separator: first };
  for (const [i, name] of names.entries()) {
    const separator = between[i + 1] ?? '';
    const piece: Expression = separator === '' ? rest : { op: 'before', of: rest, separator };
    digits.set(
      name,
      name === '%b' || name === '%B' ? monthOfName(piece, name) : { op: 'read-number', of: piece },
    );
    if (separator !== '') rest = { op: 'after', of: rest, separator };
  }
  const field = (name: string, byDefault: number) => digits.get(name) ?? of(byDefault);
  const month = digits.get('%m') ?? digits.get('%b') ?? digits.get('%B') ?? of(1);
  const seconds = calculate(calculate(calculate(field('%H', 0), '*', 60), '+', field('%M', 0)), '*', 60);
  const day: Expression = { op: 'day-number', year: field('%Y', 1970), month, day: field('%d', 1) };
  if (!names.some((name) => ['%H', '%M', '%S'].includes(name))) return day;
  return calculate(day, '+', calculate(calculate(seconds, '+', field('%S', 0)), '/', 86_400));
}

const monthOfName = (piece: Expression, name: string): Expression => ({
  op: 'pick',
  of: {
    op: 'place',
    of: piece,
    keys: name === '%B' ? monthNames : monthNames.map((month) => month.slice(0, 3)),
  },
  values: monthNames.map((_, i) => i + 1),
});

function lengthOfFebruary(year: Expression): Expression {
  const isBy = (divisor: number) => calculate(calculate(year, '%', divisor), '=', 0);
  return when(both(isBy(4), either({ op: 'not', of: isBy(100) }, isBy(400))), 29, 28);
}

/** A `day-number` as arithmetic, for graphs. */
export function daysOfCivil(year: Expression, month: Expression, day: Expression): Expression {
  const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const length = when(calculate(month, '=', 2), lengthOfFebruary(year), {
    op: 'pick',
    of: calculate(month, '-', 1),
    values: lengths,
  });
  const fromMarch = calculate(month, '<=', 2);
  const days = naming('shifted', calculate(year, '-', when(fromMarch, 1, 0)), (shifted) =>
    naming('era', floor(calculate(shifted, '/', 400)), (era) =>
      naming('yearOfEra', calculate(shifted, '-', calculate(era, '*', 400)), (yearOfEra) => {
        const marchMonth = calculate(month, '+', when(fromMarch, 9, -3));
        const dayOfYear = calculate(
          floor(calculate(calculate(calculate(marchMonth, '*', 153), '+', 2), '/', 5)),
          '+',
          calculate(day, '-', 1),
        );
        const dayOfEra = sum(
          calculate(yearOfEra, '*', 365),
          floor(calculate(yearOfEra, '/', 4)),
          call('negative', floor(calculate(yearOfEra, '/', 100))),
          dayOfYear,
        );
        return sum(calculate(era, '*', 146_097), dayOfEra, of(-719_468));
      }),
    ),
  );
  return when(calculate(day, '<=', length), days, nothing);
}

const floor = (x: Expression): Expression => call('floor', x);
const sum = (...terms: Expression[]): Expression =>
  terms.reduce((left, right) => calculate(left, '+', right));
const remainder = (x: Expression, divisor: number): Expression =>
  calculate(x, '-', calculate(floor(calculate(x, '/', divisor)), '*', divisor));

/** How many steps one round of each part of a date has. */
export const dateParts: Readonly<Record<DatePart, number>> = {
  month: 12,
  day: 31,
  'day-of-year': 366,
  weekday: 7,
  hour: 24,
};

/** A `date-part` as arithmetic, for graphs. */
export function partOfDate(days: Expression, part: DatePart): Expression {
  switch (part) {
    case 'month':
      return calculate(
        civil(days, ({ month }) => month),
        '-',
        1,
      );
    case 'day':
      return calculate(
        civil(days, ({ day }) => day),
        '-',
        1,
      );
    case 'day-of-year':
      return dayOfYear(days);
    case 'weekday':
      return naming('since', calculate(floor(days), '+', 3), (since) => remainder(since, 7));
    default:
      return naming('moment', days, (m) => calculate(calculate(m, '-', floor(m)), '*', 24));
  }
}

type Civil = Record<'year' | 'month' | 'day' | 'dayFromMarch', Expression>;

/** Days since 1970-01-01 as year, month (1 to 12) and day (1 to 31), and days since the first of March. */
function civil(days: Expression, body: (parts: Civil) => Expression): Expression {
  return naming('count', calculate(floor(days), '+', 719_468), (count) =>
    naming('eraOf', floor(calculate(count, '/', 146_097)), (era) =>
      naming('dayOfEra', calculate(count, '-', calculate(era, '*', 146_097)), (doe) => {
        const leaps = sum(
          doe,
          call('negative', floor(calculate(doe, '/', 1460))),
          floor(calculate(doe, '/', 36_524)),
          call('negative', floor(calculate(doe, '/', 146_096))),
        );
        return naming('yearOfEraOf', floor(calculate(leaps, '/', 365)), (yoe) => {
          const before = sum(
            calculate(yoe, '*', 365),
            floor(calculate(yoe, '/', 4)),
            call('negative', floor(calculate(yoe, '/', 100))),
          );
          return naming('dayFromMarch', calculate(doe, '-', before), (doy) =>
            naming('monthFromMarch', floor(calculate(sum(calculate(doy, '*', 5), of(2)), '/', 153)), (mp) => {
              const start = floor(calculate(sum(calculate(mp, '*', 153), of(2)), '/', 5));
              const month = calculate(mp, '+', when(calculate(mp, '<', 10), 3, -9));
              const year = sum(yoe, calculate(era, '*', 400), when(calculate(mp, '<', 10), 0, 1));
              const day = sum(doy, call('negative', start), of(1));
              return body({ year, month, day, dayFromMarch: doy });
            }),
          );
        });
      }),
    ),
  );
}

/** Counted from March a year ends with its leap day. */
const dayOfYear = (days: Expression): Expression =>
  civil(days, ({ year, dayFromMarch }) =>
    when(
      calculate(dayFromMarch, '>=', 306),
      calculate(dayFromMarch, '-', 306),
      naming('ownYear', year, (own) =>
        calculate(dayFromMarch, '+', calculate(lengthOfFebruary(own), '+', 31)),
      ),
    ),
  );
