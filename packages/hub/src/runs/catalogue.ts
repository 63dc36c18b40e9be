import { type AlgorithmInfo, HubError, type Json } from '@banyan/contract';
import { desc } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Queries } from '../db/connection.ts';
import { signedIn } from '../policy.ts';
import { workers } from '../sites/table.ts';

/** The algorithms that workers announced; of one name the newest announcement counts. */
export async function readCatalogue(db: Queries): Promise<AlgorithmInfo[]> {
  const rows = await db
    .selectDistinctOn([workers.site, workers.name], {
      catalogue: workers.catalogue,
      createdAt: workers.createdAt,
    })
    .from(workers)
    .orderBy(workers.site, workers.name, desc(workers.createdAt));
  const found = new Map<string, AlgorithmInfo>();
  for (const { catalogue } of rows.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()))
    for (const algorithm of catalogue) found.set(algorithm.name, algorithm);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function listAlgorithms(ctx: Context): Promise<AlgorithmInfo[]> {
  signedIn(ctx);
  return readCatalogue(ctx.db);
}

/** Finds an algorithm. Throws BAD_INPUT that names those there are, or says that no worker has told yet. */
export function findAlgorithm(catalogue: AlgorithmInfo[], name: string): AlgorithmInfo {
  const algorithm = catalogue.find((one) => one.name === name);
  if (algorithm) return algorithm;
  if (catalogue.length === 0)
    throw new HubError('BAD_INPUT', 'No worker has joined this hub yet, so no algorithm is known.', {
      field: 'algorithm',
      hint: 'Start one: banyan worker join.',
    });
  throw new HubError('BAD_INPUT', `There is no algorithm "${name}".`, {
    field: 'algorithm',
    hint: `There are: ${catalogue.map((one) => one.name).join(', ')}.`,
  });
}

type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;
type Config = { [key: string]: Json };

/** A run's settings checked against its algorithm's JSON Schema, with defaults filled in. Throws BAD_INPUT. */
export function fillConfig(algorithm: AlgorithmInfo, config: Config): Config {
  const schema = z.fromJSONSchema(strict(algorithm.config));
  const parsed = schema.safeParse(config);
  if (parsed.success) return z.record(z.string(), z.json()).parse(parsed.data);
  const [issue] = parsed.error.issues;
  const field = ['config', ...(issue?.path ?? [])].map(String).join('.');
  throw new HubError('BAD_INPUT', `${field}: ${issue?.message ?? 'not valid'}`, {
    field,
    hint: `The settings of ${algorithm.name}: ${settingsOf(algorithm.config).join(', ')}.`,
  });
}

/** A setting that the algorithm does not have is most often a slip of the pen: refused. */
const strict = (schema: Json): JsonSchema =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema)
    ? { ...(schema as JsonSchema), additionalProperties: false }
    : {};

function settingsOf(schema: Json): string[] {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return [];
  const { properties } = schema;
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}
