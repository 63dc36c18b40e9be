import type { ColumnStatistics, Json } from '@banyan/contract';
import { type Condition, classNames, typeName } from '../lib/data-view.ts';
import { DataCell } from './data-cell.tsx';
import { DataColumnHead } from './data-column-head.tsx';

/** Rows with their columns' heads: type, order, and what is in the column at a glance. */
export function DataTable({
  features,
  rows,
  statistics,
  sort,
  onSort,
  onFilter,
}: {
  features: Readonly<Record<string, Json>>;
  rows: readonly { index: number; row: Readonly<Record<string, Json>>; truncatedCells: readonly string[] }[];
  statistics: { rows: number; columns: readonly ColumnStatistics[] } | undefined;
  sort: string | undefined;
  onSort: (column: string) => void;
  onFilter: (condition: Condition) => void;
}) {
  const names = Object.keys(features);
  const numeric = new Set(names.filter((name) => /^(u?int|float|decimal)/.test(typeName(features[name]))));
  return (
    // A scrollable region has to be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div
      className="max-h-[75vh] overflow-auto rounded-lg border border-line bg-surface"
      tabIndex={0}
      role="region"
      aria-label="Rows"
    >
      <table className="w-full border-collapse text-sm">
        <thead className="sticky top-0 z-10 bg-surface shadow-[0_1px_0_var(--line)]">
          <tr className="align-top">
            <th scope="col" className="w-px px-3 py-2 text-right text-xs font-normal text-muted">
              row
            </th>
            {names.map((name) => (
              <DataColumnHead
                key={name}
                name={name}
                feature={features[name]}
                column={statistics?.columns.find((one) => one.name === name)}
                rows={statistics?.rows ?? 0}
                sort={sort}
                onSort={() => onSort(name)}
                onFilter={onFilter}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ index, row, truncatedCells }) => (
            <tr key={index} className="border-b border-line/70 align-top last:border-0 hover:bg-sunken/60">
              <td className="px-3 py-2 text-right text-xs text-muted tabular-nums">
                {index.toLocaleString('en')}
              </td>
              {names.map((name) => (
                <td key={name} className={`px-3 py-2 ${numeric.has(name) ? 'text-right tabular-nums' : ''}`}>
                  <DataCell
                    name={name}
                    value={row[name] ?? null}
                    labels={classNames(features[name])}
                    cut={truncatedCells.includes(name)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
