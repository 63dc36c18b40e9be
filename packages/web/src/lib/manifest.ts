import type { Json } from '@banyan/contract';
import { z } from 'zod';

const manifest = z.looseObject({
  algorithm: z.string(),
  task: z.string(),
  kind: z.string(),
  inputs: z
    .array(
      z
        .object({
          name: z.string(),
          column: z.string().optional(),
          type: z.enum(['number', 'string', 'image']),
          shape: z.array(z.number()).optional(),
        })
        // The raw column's name, which rows have; the graph's own for it concerns nobody here.
        .transform(({ column, ...input }) => ({ ...input, name: column ?? input.name })),
    )
    .default([]),
  window: z.number().optional(),
  classes: z.array(z.string()).optional(),
  target: z.string().optional(),
  context: z.number().optional(),
  sources: z.array(z.object({ dataset: z.string(), revision: z.string() })).default([]),
});
/** What a model takes and gives: the `banyan.json` of its files. */
export type Manifest = z.infer<typeof manifest>;

export function readManifest(json: unknown): Manifest | undefined {
  return manifest.safeParse(json).data;
}

const prediction = z.union([
  z.object({ label: z.coerce.string(), probabilities: z.record(z.string(), z.number()) }),
  z.object({ value: z.number() }),
  z.object({ reconstruction: z.array(z.number()), latent: z.array(z.number()).optional() }),
]);
export type Prediction = z.infer<typeof prediction>;

export function readPrediction(json: unknown): Prediction | undefined {
  return prediction.safeParse(json).data;
}

/** One row of a form's texts as the model takes it: an empty box is a missing value. */
export function rowOf(inputs: Manifest['inputs'], texts: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    inputs.map(({ name, type }) => {
      const text = (texts[name] ?? '').trim();
      if (text === '') return [name, null];
      return [name, type === 'number' ? Number(text) : text];
    }),
  );
}
