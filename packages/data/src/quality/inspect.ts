import { describeParquet, type Profile } from '../profile.ts';
import type { Distribution } from './drift.ts';
import { inspectTable, type Quality } from './report.ts';

/** Profiles a Parquet file that `importTable` or `prepare` wrote and judges its quality, beside the version before. */
export async function inspect(
  parquet: string,
  options: { previous?: readonly Distribution[] | undefined; signal?: AbortSignal } = {},
): Promise<Profile & { quality: Quality }> {
  const described = await describeParquet(parquet, options.signal ? { signal: options.signal } : {});
  try {
    return await inspectTable(described, options.previous);
  } finally {
    described.close();
  }
}
