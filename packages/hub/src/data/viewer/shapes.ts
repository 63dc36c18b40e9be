import type { ColumnStatistics, Features, Json } from '@banyan/contract';
import type { Split } from '../conversion.ts';

/** The shapes in which Hugging Face's datasets viewer answers. */
type Answer = { [key: string]: Json };

export const featureList = (features: Features): Json[] =>
  Object.entries(features).map(([name, type], index) => ({ feature_idx: index, name, type }));

export function rowList(
  rows: readonly { index: number; row: Record<string, Json>; truncatedCells: string[] }[],
): Json[] {
  return rows.map(({ index, row, truncatedCells }) => ({
    row_idx: index,
    row,
    truncated_cells: truncatedCells,
  }));
}

/** Nothing of it waits, failed, or was left out. */
export const whole = { pending: [], failed: [], partial: false };

export const splitName = (dataset: string, { config, split }: Split) => ({ dataset, config, split });

export function parquetFiles(dataset: string, splits: readonly Split[], base: string): Json[] {
  return splits.flatMap((split) =>
    split.parts.map((part) => {
      const path = part.path.split('/').map(encodeURIComponent).join('/');
      return {
        ...splitName(dataset, split),
        url: `${base}/datasets/${dataset}/resolve/refs%2Fconvert%2Fparquet/${path}`,
        filename: part.path.split('/').at(-1) ?? part.path,
        size: part.sizeBytes,
      };
    }),
  );
}

/** `num_bytes_memory` is Arrow's, which is not known here. */
const total = (some: readonly Split[]) => ({
  num_bytes_parquet_files: some.reduce((sum, split) => sum + split.sizeBytes, 0),
  num_bytes_memory: null,
  num_rows: some.reduce((sum, split) => sum + split.rows, 0),
  estimated_num_rows: null,
});

const columns = ([first]: readonly Split[]) => Object.keys(first?.features ?? {}).length;

export function sizes(dataset: string, splits: readonly Split[], originalBytes: number): Answer {
  const configs = [...Map.groupBy(splits, ({ config }) => config)];
  return {
    dataset: { dataset, num_bytes_original_files: originalBytes, ...total(splits) },
    configs: configs.map(([config, some]) => ({
      dataset,
      config,
      num_bytes_original_files: configs.length === 1 ? originalBytes : null,
      ...total(some),
      num_columns: columns(some),
    })),
    splits: splits.map((split) => ({
      ...splitName(dataset, split),
      ...total([split]),
      num_columns: columns([split]),
    })),
  };
}

/** What `datasets` calls a DatasetInfo, of each configuration. */
export function datasetInfos(dataset: string, splits: readonly Split[]): Answer {
  const name = dataset.split('/').at(-1) ?? dataset;
  const infos = [...Map.groupBy(splits, ({ config }) => config)].map(([config, some]) => {
    const bytes = some.reduce((sum, split) => sum + split.sizeBytes, 0);
    return [
      config,
      {
        description: '',
        citation: '',
        homepage: '',
        license: '',
        features: some[0]?.features ?? {},
        builder_name: 'parquet',
        dataset_name: name,
        config_name: config,
        version: { version_str: '0.0.0', major: 0, minor: 0, patch: 0 },
        splits: Object.fromEntries(
          some.map(({ split, sizeBytes, rows }) => [
            split,
            { name: split, num_bytes: sizeBytes, num_examples: rows, dataset_name: name },
          ]),
        ),
        download_size: bytes,
        dataset_size: bytes,
      },
    ] as const;
  });
  return Object.fromEntries(infos);
}

const columnTypes: Partial<Record<ColumnStatistics['type'], string>> = {
  number: 'float',
  integer: 'int',
  boolean: 'bool',
  label: 'string_label',
  text: 'string_text',
  date: 'datetime',
  list: 'list',
  image: 'image',
};

/** Statistics of the columns that have any. */
export function statisticsList(
  columns: readonly ColumnStatistics[],
  features: Features,
  rows: number,
): Json[] {
  return columns.flatMap((column) => {
    const type = columnTypes[column.type];
    if (type === undefined) return [];
    const isClass = JSON.stringify(features[column.name] ?? null).includes('"ClassLabel"');
    return [
      {
        column_name: column.name,
        column_type: isClass && column.type === 'label' ? 'class_label' : type,
        column_statistics: statisticsOf(column, rows),
      },
    ];
  });
}

function statisticsOf(
  { type, missing, distinct, numbers, span, top }: ColumnStatistics,
  rows: number,
): Answer {
  const missed = { nan_count: missing, nan_proportion: rows === 0 ? 0 : missing / rows };
  const frequencies = Object.fromEntries((top ?? []).map(({ value, count }) => [value, count]));
  if (type === 'boolean')
    return { ...missed, frequencies: { True: frequencies['true'] ?? 0, False: frequencies['false'] ?? 0 } };
  if (type === 'label')
    return { ...missed, no_label_count: 0, no_label_proportion: 0, n_unique: distinct ?? 0, frequencies };
  if (type === 'date')
    return {
      ...missed,
      min: span?.min ?? null,
      max: span?.max ?? null,
      mean: null,
      median: null,
      std: null,
      histogram: null,
    };
  if (!numbers)
    return { ...missed, min: null, max: null, mean: null, median: null, std: null, histogram: null };
  const { min, max, mean, median, std, histogram } = numbers;
  return {
    ...missed,
    min,
    max,
    mean,
    median,
    std,
    histogram: { hist: histogram.counts, bin_edges: histogram.edges },
  };
}
