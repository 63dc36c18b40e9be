import type { ReactNode } from 'react';

export interface Column<T> {
  head: ReactNode;
  render: (item: T, index: number) => ReactNode;
  numeric?: boolean;
}

/** A table that scrolls sideways by itself on narrow screens, so the page never does. */
export function Table<T>({
  caption,
  columns,
  items,
  keyOf,
  narrow = false,
}: {
  caption: string;
  columns: readonly Column<T>[];
  items: readonly T[];
  keyOf: (item: T, index: number) => string;
  /** As wide as its content, for raw data; otherwise as wide as the page. */
  narrow?: boolean;
}) {
  return (
    // A scrollable region has to be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className={`border-collapse text-sm ${narrow ? '' : 'w-full'}`}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-left text-xs text-muted">
            {columns.map((column, index) => (
              <th
                key={index}
                scope="col"
                className={`py-2 pr-4 font-medium whitespace-nowrap ${column.numeric === true ? 'text-right' : ''}`}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item, index) => (
            <tr key={keyOf(item, index)} className="border-b border-line/70 align-baseline last:border-0">
              {columns.map((column, at) => (
                <td key={at} className={`py-2 pr-4 ${column.numeric === true ? 'text-right' : ''}`}>
                  {column.render(item, index)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
