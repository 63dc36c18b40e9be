import { type Described, type Profile, profileTable } from '../profile.ts';
import type { Cell } from '../table.ts';
import { type Distribution, type Drift, distributionsOf, findDrift } from './drift.ts';
import { findPersonal, type Personal } from './personal.ts';
import { findRelations, type Relation } from './relations.ts';
import { codesOf, numbersOf, type Sample, takeSample } from './sample.ts';

export type Severity = 'high' | 'medium' | 'low';

/** Something about a table that a person should know, and what to do about it. */
export interface Finding {
  severity: Severity;
  kind:
    | 'personal'
    | 'leak'
    | 'drift'
    | 'missing'
    | 'constant'
    | 'duplicate-column'
    | 'duplicate-rows'
    | 'outliers'
    | 'imbalance'
    | 'identifier'
    | 'correlated';
  columns: string[];
  message: string;
}

/** The quality of a table; measured on `sampled` of its rows, but for what the profile counts. */
export interface Quality {
  version: 1;
  sampled: number;
  findings: Finding[];
  personal: Personal[];
  relations: Relation[];
  /** Missing when there is no version before, or none with a report. */
  drift?: Drift[];
  distributions: Distribution[];
}

/** Profiles a table and judges its quality. `previous`: the distributions of the version before. */
export async function inspectTable(
  described: Described,
  previous?: readonly Distribution[],
): Promise<Profile & { quality: Quality }> {
  const profile = await profileTable(described);
  const sample = await takeSample(described);
  const personal = findPersonal(sample);
  const relations = findRelations(sample);
  const distributions = distributionsOf(sample);
  const drift = previous && findDrift(previous, distributions);
  const findings = [
    ...personalFindings(personal),
    ...driftFindings(drift ?? []),
    ...columnFindings(profile, sample),
    ...duplicates(sample),
    ...relationFindings(relations),
  ];
  return {
    ...profile,
    quality: {
      version: 1,
      sampled: sample.rows,
      findings: bySeverity(findings).slice(0, 300),
      personal,
      relations,
      ...(drift ? { drift } : {}),
      distributions,
    },
  };
}

const ranks: Record<Severity, number> = { high: 0, medium: 1, low: 2 };

export const bySeverity = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => ranks[a.severity] - ranks[b.severity]);

const percent = (share: number): string =>
  `${share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;

const personalFindings = (personal: readonly Personal[]): Finding[] =>
  personal.map(({ column, kind, share, because }) => ({
    severity: 'high',
    kind: 'personal',
    columns: [column],
    message: `"${column}" probably holds personal data (${kind}, by its ${because}; ${percent(share)} of its values fit): remove or mask it before others may read it, or be sure that they may`,
  }));

const driftFindings = (drift: readonly Drift[]): Finding[] =>
  drift.flatMap(({ column, psi, effect, variation, missing }): Finding[] => {
    if (psi < 0.1 && missing.now - missing.before < 0.05) return [];
    const how =
      effect === undefined
        ? `${percent(variation ?? 0)} of the shares moved`
        : `new values are the ${effect > 0 ? 'larger' : 'smaller'} ones in ${percent((1 + Math.abs(effect)) / 2)} of pairs`;
    return [
      {
        severity: psi >= 0.25 ? 'high' : 'medium',
        kind: 'drift',
        columns: [column],
        message: `"${column}" is not distributed as in the version before (PSI ${psi.toFixed(2)}; ${how}): models of that version may not fit`,
      },
    ];
  });

function columnFindings(profile: Profile, sample: Sample): Finding[] {
  const sampled = new Map(sample.columns.map(({ column, values }) => [column.name, values]));
  return profile.columns.flatMap((column): Finding[] => {
    const { name, missing, distinct, type, distinctIsEstimate } = column;
    const found: Finding[] = [];
    const add = (severity: Severity, kind: Finding['kind'], message: string) =>
      found.push({ severity, kind, columns: [name], message });
    const present = profile.rows - missing;
    if (present === 0) {
      add('medium', 'missing', `"${name}" has no values at all; leave it out`);
      return found;
    }
    const share = missing / profile.rows;
    if (share > 0.2)
      add(
        share > 0.5 ? 'medium' : 'low',
        'missing',
        `"${name}" is missing in ${percent(share)} of the rows; impute it, or keep a flag of where it was missing`,
      );
    if (distinct === 1 && missing === 0)
      add('low', 'constant', `"${name}" is the same in every row and tells nothing`);
    const isWord = type === 'text' || type === 'integer';
    if (
      isWord &&
      distinct > 50 &&
      distinct >= present * (distinctIsEstimate ? 0.97 : 1) &&
      looksLikeId(name, type)
    )
      add(
        'low',
        'identifier',
        `"${name}" is different in every row, as an identifier is; a model would learn it by heart`,
      );
    if (column.top && distinct >= 2 && distinct <= 20) {
      const [most] = column.top;
      if (most && most.count / present > 0.95)
        add(
          'low',
          'imbalance',
          `"${name}" is ${JSON.stringify(most.value)} in ${percent(most.count / present)} of the rows; the other values are rare`,
        );
    }
    if (column.numbers && distinct > 10) {
      const { q25, q75 } = column.numbers.quantiles;
      const values = numbersOf(sampled.get(name) ?? []);
      const reach = 3 * (q75 - q25);
      const known = values.filter((value) => !Number.isNaN(value));
      const far =
        known.filter((value) => value < q25 - reach || value > q75 + reach).length /
        Math.max(1, known.length);
      if (reach > 0 && far > 0.01)
        add(
          'low',
          'outliers',
          `${percent(far)} of "${name}" lie more than three interquartile ranges beyond the quartiles; clip them, or take a logarithm`,
        );
    }
    return found;
  });
}

const looksLikeId = (name: string, type: string): boolean =>
  type === 'text' || /(^|[^a-z])(id|key|uuid|nr|no|number|index|code)s?$/i.test(name) || name.endsWith('Id');

function duplicates(sample: Sample): Finding[] {
  const found: Finding[] = [];
  const firsts = new Map<string, { name: string; values: readonly Cell[] }>();
  for (const { column, values } of sample.columns) {
    const { count } = codesOf(values);
    if (count < 2) continue;
    const key = JSON.stringify(values.slice(0, 50));
    const first = firsts.get(key);
    if (!first) firsts.set(key, { name: column.name, values });
    else if (values.every((value, i) => value === first.values[i]))
      found.push({
        severity: 'medium',
        kind: 'duplicate-column',
        columns: [first.name, column.name],
        message: `"${column.name}" repeats "${first.name}" in every row looked at; leave one of them out`,
      });
  }
  const rows = new Set<string>();
  for (let row = 0; row < sample.rows; row++)
    rows.add(JSON.stringify(sample.columns.map(({ values }) => values[row] ?? null)));
  const share = sample.rows === 0 ? 0 : 1 - rows.size / sample.rows;
  if (share > 0.005)
    found.push({
      severity: share > 0.05 ? 'medium' : 'low',
      kind: 'duplicate-rows',
      columns: [],
      message: `${percent(share)} of the rows looked at repeat another; add drop-duplicates, or a copy in the test makes it too easy`,
    });
  return found;
}

const relationFindings = (relations: readonly Relation[]): Finding[] =>
  relations
    .filter(({ value }) => Math.abs(value) > 0.98)
    .slice(0, 20)
    .map(({ a, b, value }) => ({
      severity: 'low',
      kind: 'correlated',
      columns: [a, b],
      message: `"${a}" and "${b}" say nearly the same (${value.toFixed(3)}); one of them may be enough`,
    }));
