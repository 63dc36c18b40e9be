/** Half a matrix, for what is the same both ways: each column is named once, at the end of its row. */
export function HeatMap({
  label,
  names,
  cell,
}: {
  label: string;
  names: readonly string[];
  /** Between -1 and 1; undefined is nothing to speak of. */
  cell: (row: string, column: string) => { value: number; title: string } | undefined;
}) {
  return (
    <div className="overflow-x-auto">
      <table className="border-separate border-spacing-0.5 text-xs">
        <caption className="sr-only">{label}</caption>
        <tbody>
          {names.map((row, at) => (
            <tr key={row}>
              {names.slice(0, at).map((column) => {
                const found = cell(row, column);
                return (
                  <td
                    key={column}
                    title={found?.title ?? `${row} and ${column}: below 0.1`}
                    className="h-9 w-11 min-w-11 rounded-sm text-center"
                    style={{ background: shade(found?.value ?? 0) }}
                  >
                    {found === undefined ? (
                      <span className="sr-only">below 0.1</span>
                    ) : (
                      found.value.toFixed(2).replace('-', '−')
                    )}
                  </td>
                );
              })}
              <th
                scope="row"
                colSpan={names.length - at}
                className="h-9 max-w-48 truncate pr-2 pl-1.5 text-left font-mono font-normal"
                title={row}
              >
                {row}
              </th>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shade(value: number): string {
  const hue = value < 0 ? 'var(--series-2)' : 'var(--accent)';
  return `color-mix(in srgb, ${hue} ${Math.round(Math.min(1, Math.abs(value)) * 55)}%, var(--sunken))`;
}
