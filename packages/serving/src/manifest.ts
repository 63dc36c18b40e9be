import { z } from 'zod';
import { reasonOf, ServingError } from './serving-error.ts';

const positive = z.int().positive();

/**
 * banyan.json, what a model says of itself. `inputs` are the raw columns (or the image) in the order of the dataset:
 * `name` is the graph's input, `column` what people call it, where that differs (a graph needs some names for itself);
 * `shape` is that of one value where it is no scalar, as [28, 28].
 */
export const manifestSchema = z
  .object({
    format: z.literal('banyan-model/1'),
    algorithm: z.string(),
    config: z.record(z.string(), z.unknown()),
    task: z.enum(['classification', 'regression', 'forecast', 'generation', 'reconstruction']),
    kind: z.enum(['tabular', 'sequence', 'image', 'text']),
    inputs: z.array(
      z.object({
        name: z.string().min(1),
        column: z.string().optional(),
        type: z.enum(['number', 'string', 'image']),
        shape: z.array(positive).optional(),
      }),
    ),
    /** Rows in one example of a model that reads a series. */
    window: positive.optional(),
    classes: z.array(z.string()).optional(),
    target: z.string().optional(),
    /** The most tokens a text model sees at once. */
    context: positive.optional(),
    metrics: z.unknown().optional(),
    baseline: z.unknown().optional(),
    /** How it was trained: what one needs to do it again. */
    seed: z.int().optional(),
    lane: z.enum(['native', 'deterministic']).optional(),
    runtime: z.unknown().optional(),
    sources: z.array(z.object({ dataset: z.string(), revision: z.string() })).optional(),
  })
  .superRefine((manifest, context) => {
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    const names = manifest.inputs.map((input) => input.name);
    const columns = manifest.inputs.map(columnOf);
    if ([names, columns].some((list) => new Set(list).size < list.length))
      refuse('inputs', 'has a name twice');
    if (manifest.task === 'classification' && !manifest.classes?.length)
      refuse('classes', 'is needed for classification');
    if (manifest.task === 'generation' && manifest.context === undefined)
      refuse('context', 'is needed for generation');
    if (manifest.task !== 'generation' && names.length === 0)
      refuse('inputs', 'must name what the model takes');
  });

export type ModelManifest = z.infer<typeof manifestSchema>;

/** The raw column that an input takes: the name that rows, requests and messages have for it. */
export const columnOf = ({ name, column = name }: { name: string; column?: string | undefined }): string =>
  column;

/**
 * Reads and checks banyan.json.
 *
 * @throws ServingError 'format', naming every field that is wrong
 */
export function parseManifest(json: string): ModelManifest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new ServingError('format', `banyan.json is not JSON: ${reasonOf(cause)}`, { cause });
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'banyan.json'}: ${message}`,
  );
  throw new ServingError('format', `banyan.json is not a banyan-model/1 manifest: ${problems.join('; ')}`);
}
