import type { Sample } from './sample.ts';

/** What a column may say about a person. */
export const personalKinds = [
  'name',
  'email',
  'phone',
  'iban',
  'card number',
  'national id',
  'ip address',
  'address',
  'birth date',
] as const;
export type PersonalKind = (typeof personalKinds)[number];

/** A column that probably holds personal data. */
export interface Personal {
  column: string;
  kind: PersonalKind;
  /** Of the sampled values that are not missing. */
  share: number;
  /** Up to three values, all but their first and last characters hidden. */
  examples: string[];
  /** What gave it away. */
  because: 'values' | 'name' | 'name and values';
}

interface Sign {
  kind: PersonalKind;
  /** Of the column's name, in words of lower case. */
  name?: RegExp;
  /** Of a value; those of numbers are written as text. */
  value: (text: string) => boolean;
  /** Values alone are enough from this share on; with the name, any share above `withName`. */
  alone: number;
  withName: number;
}

const digits = (text: string): string => text.replaceAll(/\D/g, '');

/** The check digit of card numbers (ISO/IEC 7812). */
export function isLuhn(number: string): boolean {
  let sum = 0;
  for (const [i, digit] of Array.from(number).toReversed().entries()) {
    const value = Number(digit) * (i % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** The check digits of an IBAN (ISO 7064, modulo 97). */
export function isIban(text: string): boolean {
  const compact = text.replaceAll(/[\s-]/g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4))
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

const isCard = (text: string): boolean => {
  const number = digits(text);
  return (
    /^[3-6]\d{3}([ -]?\d{4}){2}[ -]?\d{1,7}$/.test(text.trim()) &&
    number.length >= 13 &&
    number.length <= 19 &&
    isLuhn(number)
  );
};

const isIp = (text: string): boolean =>
  /^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$/.test(text) ||
  /^(?=.*::|(?:[^:]*:){7})[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}$/i.test(text);

const isPhone = (text: string): boolean => {
  const count = digits(text).length;
  return (
    count >= 7 &&
    count <= 15 &&
    /^(\+|00|\(|0)?[\d\s()./-]+$/.test(text.trim()) &&
    /^\s*(\+|00|\()|\d[\s().-]+\d{2,}[\s().-]+\d/.test(text) &&
    !/^\d{4}-\d{1,2}-\d{1,2}|^\d+\.\d+$/.test(text.trim())
  );
};

/** How long the pattern below looks for where one name ends and another begins grows fast with the text. */
const longestName = 60;

/** A given and a family name, or more: each with a capital, no digit. */
const isName = (text: string): boolean =>
  text.length <= longestName &&
  /^(\p{Lu}[\p{Ll}\p{M}'’-]+\.?|\p{Lu}\.)([\s-]+(\p{Lu}[\p{L}\p{M}'’-]*\.?|de|van|von|der|bin|al|la|le|da|dos|di)){1,4}$/u.test(
    text.trim(),
  );

const street =
  /\b(street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|way|square|place|rue|calle|via|weg)\b\.?|stra(ß|ss)e\b|str\.|platz\b|gasse\b/i;
const isAddress = (text: string): boolean => /\d/.test(text) && street.test(text) && text.length < 200;

const thisYear = new Date().getUTCFullYear();
const isBirthDate = (text: string): boolean => {
  const year = Number(/^(\d{4})-\d{2}-\d{2}/.exec(text)?.[1]);
  return year >= 1900 && year <= thisYear;
};

const signs: readonly Sign[] = [
  {
    kind: 'email',
    name: /\be ?mail|\bmail\b/,
    value: (text) =>
      /^[^\s@<>"]+@[^\s@<>"]+\.[a-z]{2,}$/i.test(text) || /\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b/i.test(text),
    alone: 0.02,
    withName: 0.01,
  },
  { kind: 'iban', name: /\biban\b|\bbank account/, value: isIban, alone: 0.05, withName: 0.01 },
  {
    kind: 'card number',
    name: /\b(credit|debit|payment)? ?card( ?(no|nr|num|number))?\b/,
    value: isCard,
    alone: 0.5,
    withName: 0.05,
  },
  {
    kind: 'national id',
    name: /\b(ssn|social security|national (id|insurance)|tax ?(id|number)|passport|personal (id|number|code)|nin|nino|pesel|cpf|dni|nif|bsn|aadhaar|steuer ?id|id card)\b/,
    value: (text) =>
      /^\d{3}-\d{2}-\d{4}$/.test(text) ||
      /^[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]$/.test(text) ||
      /^\d{3}\.\d{3}\.\d{3}-\d{2}$/.test(text),
    alone: 0.2,
    withName: 0,
  },
  { kind: 'ip address', name: /\bip( addr(ess)?)?\b/, value: isIp, alone: 0.3, withName: 0.01 },
  {
    kind: 'phone',
    name: /\b(tele)?phone|\bmobile\b|\bcell\b|\btel\b|\bfax\b|\bmsisdn\b/,
    value: isPhone,
    alone: 0.6,
    withName: 0.05,
  },
  {
    kind: 'birth date',
    name: /\b(date of birth|birth ?da(te|y)|birth|dob|born( on)?|geburts(datum|tag))\b/,
    value: isBirthDate,
    alone: 2,
    withName: 0.1,
  },
  {
    kind: 'address',
    name: /\b(street|home|postal|mailing|billing|shipping)? ?address\b|\bstreet\b/,
    value: isAddress,
    alone: 0.4,
    withName: 0.05,
  },
  {
    kind: 'name',
    name: /\b(first|last|given|family|middle|full|maiden|sur|person|patient|customer|client|employee|author|user|contact|sender|recipient)s? ?names?\b|\bsurname\b|\b(patient|customer|employee)\b|^name$/,
    value: isName,
    // Films, places and species look like names too: the column's own name has to say so, or nearly all values.
    alone: 2,
    withName: 0.3,
  },
];

/** A single given name is no proof, but in a column that is called so it is. */
const oneWordName = /\b(first|last|given|family|sur|maiden|middle) ?name\b|\bsurname\b/;

/** Fewer different values than this are categories, whatever they look like. */
const fewestValues = 3;

/** Columns of a sample that probably say something about persons, the surest kind of each. */
export function findPersonal(sample: Sample): Personal[] {
  return sample.columns.flatMap(({ column, values }) => {
    const name = words(column.name);
    const present = values.flatMap((value) =>
      value === null || typeof value === 'boolean' ? [] : [String(value).trim()],
    );
    if (present.length === 0) return [];
    const found = signs.flatMap((sign): Personal[] => {
      const named = sign.name?.test(name) ?? false;
      if (column.type === 'number' || (column.type === 'integer' && !named && sign.kind !== 'card number'))
        return [];
      if (!named && sign.alone > 1) return [];
      const fits = (text: string): boolean =>
        sign.value(text) ||
        (named && sign.kind === 'name' && oneWordName.test(name) && /^\p{Lu}[\p{L}\p{M}'’-]+$/u.test(text)) ||
        (named && sign.kind === 'phone' && /^\d{7,15}$/.test(digits(text)));
      const matching = present.filter(fits);
      const share = matching.length / present.length;
      const enough = share >= sign.alone || (named && share >= sign.withName);
      if (!enough || (!named && new Set(matching).size < fewestValues)) return [];
      const shown = matching.length > 0 ? matching : present;
      return [
        {
          column: column.name,
          kind: sign.kind,
          share,
          examples: [...new Set(shown)].slice(0, 3).map(mask),
          because: !named ? 'values' : share >= sign.alone ? 'name and values' : 'name',
        },
      ];
    });
    return found.slice(0, 1);
  });
}

/** customerEmail_2 as "customer email 2". */
const words = (name: string): string =>
  name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase();

/** Enough to recognise what it is, not whose. */
export function mask(text: string): string {
  const characters = Array.from(text);
  const shown = characters.length > 6 ? 2 : 1;
  return characters
    .slice(0, 40)
    .map((character, i) =>
      i < shown || i === characters.length - 1 || /[\s@.:/()+-]/.test(character) ? character : '•',
    )
    .join('');
}
