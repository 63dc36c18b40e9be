import type { FileEntry, Json } from '@banyan/contract';
import { mediaTypeOf } from './media-types.ts';
import type { ColumnProfile, TableProfile } from './profile.ts';
import type { Config } from './splits.ts';

type File = Pick<FileEntry, 'path' | 'sha256' | 'sizeBytes'>;
type Node = { [key: string]: Json };

/** Names that are unique in one document, and that JSON-LD takes for relative addresses. */
export class Ids {
  private readonly taken = new Set<string>();
  /** `a b/c.csv` -> `a%20b/c.csv`; with `-2` when that is taken. */
  take(wanted: string): string {
    const id = wanted.split('/').map(encodeURIComponent).join('/');
    for (let n = 1; ; n += 1) {
      const one = n === 1 ? id : `${id}-${n}`;
      if (this.taken.has(one)) continue;
      this.taken.add(one);
      return one;
    }
  }
}

/** Several files as one table lie in a folder, or in the repository as `repo`. */
const fileSet = (id: string, name: string, paths: readonly string[], local: boolean): Node => ({
  '@type': 'cr:FileSet',
  '@id': id,
  name,
  ...(!local && { containedIn: { '@id': 'repo' } }),
  encodingFormat: mediaTypeOf(paths[0] ?? ''),
  includes: paths.map((path) => path.replaceAll(/[[*?]/g, '[$&]')),
});

/** More files than this are not listed one by one. */
const maxIncludes = 1000;

/** What mlcroissant, and with it others, can read rows from. */
const readable = new Set([
  'text/csv',
  'text/tab-separated-values',
  'application/json',
  'application/jsonlines',
  'application/x-parquet',
]);

/** Record sets of each split, the file sets that they need, and the splits' names. */
export function recordSets(
  ids: Ids,
  configs: readonly Config[],
  table: TableProfile | undefined,
  files: ReadonlyMap<string, { id: string; file: File }>,
  local: boolean,
): { fileSets: Node[]; records: Node[] } {
  const fileSets: Node[] = [];
  const records: Node[] = [];
  const names = new Set<string>();
  // The profile is of one table: that of the first configuration.
  for (const [index, config] of configs.entries()) {
    for (const split of config.splits) {
      const format = mediaTypeOf(split.paths[0] ?? '');
      if (!readable.has(format) || split.paths.length > maxIncludes) continue;
      const label = split.name ?? 'rows';
      const id = ids.take(configs.length === 1 ? label : `${config.name}/${label}`);
      const [only, ...more] = split.paths;
      const single = more.length === 0 && only !== undefined ? files.get(only) : undefined;
      let source: Node;
      if (single) source = { fileObject: { '@id': single.id } };
      else {
        const set = ids.take(`files-of-${config.name}-${label}`);
        fileSets.push(fileSet(set, `files of ${label}`, split.paths, local));
        source = { fileSet: { '@id': set } };
      }
      const columns = index === 0 ? (table?.columns ?? []) : [];
      if (columns.length === 0) continue;
      if (split.name !== undefined) names.add(split.name);
      records.push({
        '@type': 'cr:RecordSet',
        '@id': id,
        name: label,
        description: `${split.name === undefined ? 'Rows' : `Rows of the split "${label}"`} of ${
          split.paths.length === 1 ? String(only) : `${split.paths.length} files`
        }.`,
        field: [
          ...columns.flatMap((column) => field(ids, id, column, source, format)),
          ...(split.name === undefined
            ? []
            : [
                {
                  '@type': 'cr:Field',
                  '@id': ids.take(`${id}/split`),
                  name: 'split',
                  description: 'The split that the row belongs to.',
                  dataType: 'sc:Text',
                  value: split.name,
                },
              ]),
        ],
      });
    }
  }
  return { fileSets, records: names.size === 0 ? records : [splitNames(ids, [...names]), ...records] };
}

const splitClasses: Record<string, string> = {
  train: 'cr:TrainingSplit',
  validation: 'cr:ValidationSplit',
  test: 'cr:TestSplit',
};

function splitNames(ids: Ids, names: string[]): Node {
  const id = ids.take('splits');
  const [name, url] = [ids.take(`${id}/name`), ids.take(`${id}/url`)];
  const known = names.every((one) => Object.hasOwn(splitClasses, one));
  return {
    '@type': 'cr:RecordSet',
    '@id': id,
    name: 'splits',
    dataType: 'cr:Split',
    key: { '@id': name },
    field: [
      { '@type': 'cr:Field', '@id': name, name: 'name', dataType: 'sc:Text' },
      ...(known ? [{ '@type': 'cr:Field', '@id': url, name: 'url', dataType: 'sc:URL' }] : []),
    ],
    data: names.map((one) => ({ [name]: one, ...(known && { [url]: splitClasses[one] ?? '' }) })),
  };
}

/** Types as the readers of Croissant cast to them. */
const dataTypes: Record<string, string> = {
  boolean: 'sc:Boolean',
  integer: 'sc:Integer',
  number: 'sc:Float',
  text: 'sc:Text',
  date: 'sc:Date',
  timestamp: 'sc:DateTime',
};

/** One column; those whose cells no reader knows how to take (pixels, bytes) are left to the file itself. */
function field(ids: Ids, record: string, column: ColumnProfile, source: Node, format: string): Node[] {
  const dataType = dataTypes[column.type];
  if (dataType === undefined) return [];
  const description = describe(column);
  const extract =
    format === 'application/json' ? { jsonPath: `$[*].${jsonKey(column.name)}` } : { column: column.name };
  return [
    {
      '@type': 'cr:Field',
      '@id': ids.take(`${record}/${column.name.replaceAll('/', '-')}`),
      name: column.name,
      ...(description !== '' && { description }),
      dataType,
      source: { ...source, extract },
    },
  ];
}

const jsonKey = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? name : `'${name.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

function describe({ numbers, times, distinct, missing }: ColumnProfile): string {
  const parts: string[] = [];
  if (numbers) parts.push(`from ${numbers.min} to ${numbers.max}`);
  if (times) parts.push(`from ${times.min} to ${times.max}`);
  if (distinct > 0) parts.push(`${distinct} different values`);
  if (missing > 0) parts.push(`${missing} missing`);
  return parts.join(', ');
}
