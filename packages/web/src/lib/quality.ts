import { z } from 'zod';

const severity = z.enum(['high', 'medium', 'low']);
export type Severity = z.infer<typeof severity>;

const finding = z.object({
  severity,
  kind: z.string(),
  columns: z.array(z.string()),
  message: z.string(),
});
export type Finding = z.infer<typeof finding>;

const personal = z.object({
  column: z.string(),
  kind: z.string(),
  share: z.number(),
  /** Masked. */
  examples: z.array(z.string()),
});
export type Personal = z.infer<typeof personal>;

const relation = z.object({ a: z.string(), b: z.string(), measure: z.string(), value: z.number() });
export type Relation = z.infer<typeof relation>;

const shape = z.union([
  z.object({ low: z.number(), high: z.number(), before: z.array(z.number()), now: z.array(z.number()) }),
  z.object({ values: z.array(z.object({ value: z.string(), before: z.number(), now: z.number() })) }),
]);

const drift = z.object({
  column: z.string(),
  psi: z.number(),
  missing: z.object({ before: z.number(), now: z.number() }),
  shape: shape.optional(),
});
export type Drift = z.infer<typeof drift>;

const quality = z.object({
  sampled: z.number(),
  findings: z.array(finding),
  personal: z.array(personal),
  relations: z.array(relation),
  drift: z.array(drift).optional(),
});
/** What speaks for and against a table; see the data package's Quality. */
export type Quality = z.infer<typeof quality>;

/** The report within a profile; undefined for a profile from before there were reports. */
export const readQuality = (profile: unknown): Quality | undefined =>
  z.object({ quality }).safeParse(profile).data?.quality;

export const severityTitles: Record<Severity, string> = {
  high: 'Settle these first',
  medium: 'Worth a look',
  low: 'Good to know',
};

/** What a kind of finding is called, and the recipe step that answers it, if there is one. */
const kinds: Record<string, { title: string; step?: (columns: string) => string }> = {
  personal: { title: 'Personal data', step: (columns) => `select: { except: [${columns}] }` },
  leak: { title: 'Leak' },
  drift: { title: 'Drift' },
  missing: { title: 'Missing', step: (columns) => `impute: { columns: [${columns}] }` },
  constant: { title: 'Constant', step: (columns) => `select: { except: [${columns}] }` },
  'duplicate-column': { title: 'Duplicate column', step: (columns) => `select: { except: [${columns}] }` },
  'duplicate-rows': { title: 'Repeated rows', step: () => 'drop-duplicates: {}' },
  outliers: {
    title: 'Outliers',
    step: (columns) => `outliers: { columns: [${columns}], method: iqr, factor: 3 }`,
  },
  imbalance: { title: 'Imbalance' },
  identifier: { title: 'Identifier', step: (columns) => `select: { except: [${columns}] }` },
  correlated: { title: 'Correlated' },
};

export const findingTitle = ({ kind }: Finding): string => kinds[kind]?.title ?? kind;

/** A step for a recipe, as YAML; of two equal columns the later one is left out, a column without any value wholly. */
export function stepFor({ kind, columns, severity: weight, message }: Finding): string | undefined {
  if (kind === 'leak') {
    const [only] = columns;
    return columns.length === 1 && only !== undefined && message.includes('select')
      ? `select: { except: [${quoted(only)}] }`
      : undefined;
  }
  const isEmpty = kind === 'missing' && weight === 'medium' && message.includes('no values at all');
  const named = kind === 'duplicate-column' ? columns.slice(-1) : columns;
  return kinds[isEmpty ? 'constant' : kind]?.step?.(named.map(quoted).join(', '));
}

const quoted = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

const mostInMap = 14;

/** The columns that belong most to others, and how strongly each two of them do; undefined when there is no relation. */
export function relationMap(
  relations: readonly Relation[],
): { columns: string[]; at: (a: string, b: string) => Relation | undefined } | undefined {
  if (relations.length === 0) return undefined;
  const strongest = new Map<string, number>();
  const byPair = new Map<string, Relation>();
  for (const one of relations) {
    byPair.set(JSON.stringify([one.a, one.b]), one);
    byPair.set(JSON.stringify([one.b, one.a]), one);
    for (const name of [one.a, one.b])
      strongest.set(name, Math.max(strongest.get(name) ?? 0, Math.abs(one.value)));
  }
  const columns = [...strongest].sort(([, a], [, b]) => b - a).map(([name]) => name);
  return { columns: columns.slice(0, mostInMap), at: (a, b) => byPair.get(JSON.stringify([a, b])) };
}
