import type { ColumnStatistics, Json } from '@banyan/contract';
import { type Condition, typeName } from '../lib/data-view.ts';
import { formatNumber, formatPercent } from '../lib/format.ts';

/** A column's name, which orders the rows, its type, and what is in it: bars and values that filter when they are pressed. */
export function DataColumnHead({
  name,
  feature,
  column,
  rows,
  sort,
  onSort,
  onFilter,
}: {
  name: string;
  feature: Json | undefined;
  column: ColumnStatistics | undefined;
  rows: number;
  sort: string | undefined;
  onSort: () => void;
  onFilter: (condition: Condition) => void;
}) {
  const up = sort === name;
  const down = sort === `-${name}`;
  return (
    <th
      scope="col"
      aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}
      className="min-w-36 px-3 py-2 text-left font-normal"
    >
      <button
        type="button"
        onClick={onSort}
        title="Order the rows by this column"
        className="flex w-full items-baseline gap-1 text-left"
      >
        <span className="min-w-0 truncate font-mono text-xs font-semibold">{name}</span>
        <span aria-hidden="true" className={up || down ? 'text-accent' : 'text-muted/60'}>
          {up ? '↑' : down ? '↓' : '↕'}
        </span>
      </button>
      <p className="text-xs text-muted">
        {typeName(feature)}
        {column !== undefined && column.missing > 0 && (
          <>
            {' · '}
            <button
              type="button"
              className="text-warning"
              onClick={() => onFilter({ column: name, missing: true })}
            >
              {formatPercent(column.missing / Math.max(1, rows))} missing
            </button>
          </>
        )}
      </p>
      <div className="mt-1 h-13 max-w-48">
        {column?.numbers !== undefined && (
          <Bars name={name} type={column.type} numbers={column.numbers} onFilter={onFilter} />
        )}
        {column?.top !== undefined && (
          <Top
            name={name}
            top={column.top}
            distinct={column.distinct}
            feature={feature}
            onFilter={onFilter}
          />
        )}
        {column?.span !== undefined && (
          <p className="text-xs text-muted">
            {column.span.min.slice(0, 10)} to {column.span.max.slice(0, 10)}
          </p>
        )}
      </div>
    </th>
  );
}

type Numbers = NonNullable<ColumnStatistics['numbers']>;

function Bars({
  name,
  type,
  numbers,
  onFilter,
}: {
  name: string;
  type: ColumnStatistics['type'];
  numbers: Numbers;
  onFilter: (condition: Condition) => void;
}) {
  const { counts, edges } = numbers.histogram;
  const most = Math.max(1, ...counts);
  const length = type === 'text';
  const able = length || type === 'number' || type === 'integer';
  return (
    <>
      <div className="flex h-8 items-end gap-px" role="group" aria-label={`How ${name} is distributed`}>
        {counts.map((count, bin) => {
          const [from = 0, to = 0] = [edges[bin], edges[bin + 1]];
          const label = `${formatNumber(from)} to ${formatNumber(to)}${length ? ' characters' : ''}: ${formatNumber(count)} rows`;
          return (
            <button
              key={bin}
              type="button"
              disabled={!able || count === 0}
              title={label}
              aria-label={label}
              onClick={() => onFilter({ column: name, from, to, closed: bin === counts.length - 1, length })}
              className="flex h-full min-w-1 flex-1 items-end hover:bg-accent-soft"
            >
              <span
                className="block w-full rounded-t-[1px] bg-accent/75"
                style={{ height: `${count === 0 ? 0 : Math.max(6, (count / most) * 100)}%` }}
              />
            </button>
          );
        })}
      </div>
      <p className="flex justify-between border-t border-line text-[0.65rem] text-muted">
        <span>{formatNumber(numbers.min)}</span>
        <span>
          {formatNumber(numbers.max)}
          {length ? ' characters' : type === 'image' ? ' px wide' : ''}
        </span>
      </p>
    </>
  );
}

function Top({
  name,
  top,
  distinct,
  feature,
  onFilter,
}: {
  name: string;
  top: NonNullable<ColumnStatistics['top']>;
  distinct: number | undefined;
  feature: Json | undefined;
  onFilter: (condition: Condition) => void;
}) {
  const total = Math.max(
    1,
    top.reduce((sum, { count }) => sum + count, 0),
  );
  const type = typeName(feature);
  const shown = top.slice(0, 2);
  const more = (distinct ?? top.length) - shown.length;
  return (
    <ul className="space-y-0.5 text-[0.7rem]">
      {shown.map(({ value, count }, place) => {
        // The cells of a ClassLabel are numbers, which its names stand for.
        const is = type === 'label' ? String(labelOf(feature, value) ?? place) : value;
        return (
          <li key={value}>
            <button
              type="button"
              onClick={() => onFilter({ column: name, is, kind: type === 'string' ? 'text' : 'plain' })}
              title={`${value}: ${formatNumber(count)} rows`}
              className="relative flex w-full justify-between gap-2 overflow-hidden rounded-sm bg-sunken px-1 text-left hover:bg-accent-soft"
            >
              <span
                aria-hidden="true"
                className="absolute inset-y-0 left-0 bg-accent-soft"
                style={{ width: `${(count / total) * 100}%` }}
              />
              <span className="relative truncate">{value}</span>
              <span className="relative text-muted">{formatPercent(count / total)}</span>
            </button>
          </li>
        );
      })}
      {more > 0 && <li className="text-muted">and {more} more</li>}
    </ul>
  );
}

function labelOf(feature: Json | undefined, value: string): number | undefined {
  const names =
    feature !== null && typeof feature === 'object' && !Array.isArray(feature) ? feature['names'] : [];
  const place = Array.isArray(names) ? names.indexOf(value) : -1;
  return place < 0 ? undefined : place;
}
