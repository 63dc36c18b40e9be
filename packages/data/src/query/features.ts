import { type DuckDBStructType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { Cell } from './question.ts';

const dtypes: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'bool',
  [DuckDBTypeId.TINYINT]: 'int8',
  [DuckDBTypeId.SMALLINT]: 'int16',
  [DuckDBTypeId.INTEGER]: 'int32',
  [DuckDBTypeId.BIGINT]: 'int64',
  [DuckDBTypeId.HUGEINT]: 'int128',
  [DuckDBTypeId.UTINYINT]: 'uint8',
  [DuckDBTypeId.USMALLINT]: 'uint16',
  [DuckDBTypeId.UINTEGER]: 'uint32',
  [DuckDBTypeId.UBIGINT]: 'uint64',
  [DuckDBTypeId.FLOAT]: 'float32',
  [DuckDBTypeId.DOUBLE]: 'float64',
  [DuckDBTypeId.VARCHAR]: 'string',
  [DuckDBTypeId.ENUM]: 'string',
  [DuckDBTypeId.UUID]: 'string',
  [DuckDBTypeId.BLOB]: 'binary',
  [DuckDBTypeId.DATE]: 'date32',
  [DuckDBTypeId.TIME]: 'time64[us]',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp[s]',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp[ms]',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp[us]',
  [DuckDBTypeId.TIMESTAMP_NS]: 'timestamp[ns]',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp[us, tz=UTC]',
};

/** A column's type as a feature of Hugging Face's `datasets`; a struct of bytes and path is its way to hold an image. */
export function featureOf(type: DuckDBType): Cell {
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return { feature: featureOf(type.valueType), _type: 'List' };
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type;
      if (isImageStruct(type)) return { _type: 'Image' };
      return Object.fromEntries(entryNames.map((name, i) => [name, featureOf(entryTypes[i]!)]));
    }
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type;
      return { dtype: `decimal128(${width}, ${scale})`, _type: 'Value' };
    }
    default:
      return { dtype: dtypes[type.typeId] ?? type.toString().toLowerCase(), _type: 'Value' };
  }
}

const isImageStruct = ({ entryNames, entryTypes }: DuckDBStructType): boolean =>
  entryNames.length === 2 &&
  entryNames.includes('bytes') &&
  entryNames.includes('path') &&
  entryTypes[entryNames.indexOf('bytes')]?.typeId === DuckDBTypeId.BLOB;

export const kindOfFeature = (feature: Cell | undefined): string | undefined =>
  feature !== null &&
  typeof feature === 'object' &&
  !Array.isArray(feature) &&
  typeof feature['_type'] === 'string'
    ? feature['_type']
    : undefined;

export const dtypeOf = (feature: Cell | undefined): string | undefined =>
  feature !== null &&
  typeof feature === 'object' &&
  !Array.isArray(feature) &&
  typeof feature['dtype'] === 'string'
    ? feature['dtype']
    : undefined;
