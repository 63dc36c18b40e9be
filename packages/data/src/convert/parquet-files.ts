import { z } from 'zod';
import { bombIn, readShapes } from '../import/parquet.ts';
import type { InputFile } from '../import/source.ts';
import type { Features } from '../query/question.ts';
import { literal } from '../sql.ts';
import { isQueryError } from '../table.ts';
import { featuresOfQuery } from './images.ts';
import { type Problem, withTables } from './problem.ts';

const huggingFace = z.object({ info: z.object({ features: z.record(z.string(), z.json()) }) });

/** Parquet files stay as they are; they are looked at for their rows and columns, and for what they promise. */
export async function inspectParquet(
  files: readonly InputFile[],
  signal: AbortSignal | undefined,
): Promise<{ files: (InputFile & { rows: number })[]; features: Features; problems: Problem[] }> {
  const good: (InputFile & { rows: number })[] = [];
  const problems: Problem[] = [];
  let features: Features | undefined;
  for (const file of files) {
    try {
      const found = await inspect(file, signal);
      const known = features ?? found.features;
      if (Object.keys(known).some((name) => !Object.hasOwn(found.features, name))) {
        problems.push({
          path: file.name,
          message: `lacks columns that ${good[0]?.name ?? 'the first file'} has`,
        });
        continue;
      }
      features = known;
      good.push({ ...file, rows: found.rows });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Refused) && !isQueryError(error)) throw error;
      const message =
        error instanceof Refused ? error.message : 'not a whole Parquet file; write or upload it again';
      problems.push({ path: file.name, message });
    }
  }
  return { files: good, features: features ?? {}, problems };
}

class Refused extends Error {}

async function inspect({ path }: InputFile, signal: AbortSignal | undefined) {
  return withTables({ inputs: [path], signal }, async (tables) => {
    const file = literal(path);
    const [rows] = await tables.row<[number]>(`SELECT num_rows FROM parquet_file_metadata(${file})`);
    const bomb = await bombIn(tables, path);
    if (bomb !== undefined) throw new Refused(bomb);
    const described = await featuresOfQuery(tables, path);
    const [metadata] = await tables.rows(
      `SELECT decode(value) FROM parquet_kv_metadata(${file}) WHERE decode(key) = 'huggingface'`,
    );
    return {
      rows,
      features: { ...described, ...declared(metadata?.[0], described), ...(await pixels(path)) },
    };

    async function pixels(of: string): Promise<Features> {
      const shapes = await readShapes(tables, of);
      return Object.fromEntries(
        Object.entries(shapes)
          .filter(([name]) => Object.hasOwn(described, name))
          .map(([name, shape]) => [name, { _type: 'Image', shape }]),
      );
    }
  });
}

/** What Hugging Face's `datasets` wrote of columns that are there: classes by name, images. */
function declared(metadata: unknown, described: Features): Features {
  if (typeof metadata !== 'string') return {};
  try {
    const { features } = huggingFace.parse(JSON.parse(metadata)).info;
    return Object.fromEntries(
      Object.entries(features).filter(
        ([name, feature]) => Object.hasOwn(described, name) && feature !== null,
      ),
    );
  } catch {
    return {};
  }
}
