import type { Json } from '@banyan/contract';
import { z } from 'zod';
import { findLicence } from './licences.ts';

/** YAML reads `version: 1.0` as a number and `license: true` as what it says. */
const word = z
  .union([z.string(), z.number(), z.boolean()], 'must be a text')
  .transform(String)
  .pipe(z.string().min(1).max(500));
/** Hugging Face takes one where it takes several. */
const words = z
  .union([word, z.array(word).max(2000)], 'must be a text or a list of texts')
  .transform((value) => (Array.isArray(value) ? value : [value]));

const dataFiles = z.union([
  words,
  z.array(z.object({ split: word, path: words })).max(1000),
  z
    .record(z.string(), words)
    .transform((record) => Object.entries(record).map(([split, path]) => ({ split, path }))),
]);

const config = z.looseObject({
  config_name: word,
  data_files: dataFiles.optional(),
  data_dir: z.string().max(500).optional(),
  default: z.boolean().optional(),
});
export type CardConfig = z.infer<typeof config>;

/** Who made it; in a card of ours, or of others that name their authors in the head. */
const author = z.union([
  z
    .string()
    .min(1)
    .max(200)
    .transform((name) => ({ name })),
  z.looseObject({
    name: z.string().min(1).max(200),
    orcid: z.string().max(60).optional(),
    affiliation: z.string().max(300).optional(),
    ror: z.string().max(60).optional(),
  }),
]);

const result = z.looseObject({
  task: z.looseObject({ type: word, name: word.optional() }).optional(),
  dataset: z.looseObject({ type: word.optional(), name: word.optional() }).optional(),
  metrics: z.array(z.looseObject({ type: word, value: z.json().optional() })).max(1000),
});

/** The keys of a head that Hugging Face's hub and ours understand, with the shape they must have. */
const shapes = {
  license: words,
  license_name: word,
  license_link: word,
  language: words,
  tags: words,
  pretty_name: word,
  task_categories: words,
  task_ids: words,
  size_categories: words,
  source_datasets: words,
  multilinguality: words,
  annotations_creators: words,
  language_creators: words,
  configs: z.array(config).max(2000),
  dataset_info: z.union([z.looseObject({}), z.array(z.looseObject({})).max(2000)]),
  library_name: word,
  pipeline_tag: word,
  base_model: words,
  base_model_relation: word,
  datasets: words,
  metrics: words,
  'model-index': z.array(z.looseObject({ name: word, results: z.array(result).max(2000) })).max(200),
  doi: word,
  version: word,
  citation: z.string().max(20_000),
  authors: z.array(author).max(500),
  rai: z.record(z.string(), z.json()),
};

export type CardFields = { [K in keyof typeof shapes]?: z.infer<(typeof shapes)[K]> };

interface FieldProblem {
  field: string;
  message: string;
}

/** Checks each field that is there; one of the wrong shape is an error and left out, the others stay. */
export function checkFields(data: Record<string, Json>): {
  fields: CardFields;
  errors: FieldProblem[];
  warnings: FieldProblem[];
} {
  const errors: FieldProblem[] = [];
  const warnings: FieldProblem[] = [];
  const found: [string, unknown][] = [];
  for (const [field, shape] of Object.entries(shapes)) {
    const value = Object.hasOwn(data, field) ? data[field] : undefined;
    // "language:" with nothing behind it is how a template is left unfilled.
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    const parsed = shape.safeParse(value);
    if (parsed.success) found.push([field, parsed.data]);
    else errors.push({ field, message: `"${field}" ${reason(parsed.error)}.` });
  }
  const fields: CardFields = Object.fromEntries(found);
  warnings.push(...doubts(fields));
  return { fields, errors, warnings };
}

function reason(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return 'has the wrong shape';
  const place = issue.path.length === 0 ? '' : `(at ${issue.path.map(String).join('.')}) `;
  return `${place}${issue.message.replace(/^Invalid input: /, 'is wrong: ').replace(/^Invalid input$/, 'has the wrong shape')}`;
}

function doubts(fields: CardFields): FieldProblem[] {
  const found: FieldProblem[] = [];
  for (const id of fields.license ?? [])
    if (!findLicence(id).known)
      found.push({ field: 'license', message: `"${id}" is not a licence that SPDX or Hugging Face knows.` });
  if (fields.license?.includes('other') && fields.license_name === undefined)
    found.push({
      field: 'license',
      message: 'A licence "other" needs a license_name, best with a license_link.',
    });
  for (const code of fields.language ?? [])
    if (!/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$|^(code|multilingual)$/.test(code))
      found.push({ field: 'language', message: `"${code}" is no language code, as "en" or "swh".` });
  if (fields.language?.includes('false'))
    found.push({
      field: 'language',
      message: 'Norwegian is written "no" in quotes: other programs read false.',
    });
  for (const size of fields.size_categories ?? [])
    if (!sizes.has(size))
      found.push({ field: 'size_categories', message: `"${size}" is no size, as "1K<n<10K".` });
  return found;
}

const steps = ['1K', '10K', '100K', '1M', '10M', '100M', '1B', '10B', '100B', '1T'];
const sizes = new Set(['n<1K', ...steps.slice(1).map((high, index) => `${steps[index]}<n<${high}`), 'n>1T']);

/** Hugging Face's bucket for a number of rows. */
export function sizeCategory(rows: number): string {
  const index = steps.findIndex((_, step) => rows < 10 ** (step + 3));
  return [...sizes][index] ?? 'n>1T';
}
