import { formatPercent } from '../lib/format.ts';

/** Rows are what was true, columns what the model said; shading is the share of each row. */
export function ConfusionMatrix({
  labels,
  counts,
}: {
  labels: readonly string[];
  counts: readonly (readonly number[])[];
}) {
  return (
    <figure className="min-w-0">
      <div className="overflow-x-auto">
        <table className="border-separate border-spacing-0.5 text-sm">
          <caption className="sr-only">
            Confusion matrix: true class by row, predicted class by column
          </caption>
          <thead>
            <tr>
              <th scope="col" className="pr-3 text-left text-xs font-normal text-muted">
                true ↓ predicted →
              </th>
              {labels.map((label) => (
                <th
                  key={label}
                  scope="col"
                  className="max-w-28 truncate px-2 pb-1 text-xs font-medium"
                  title={label}
                >
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {counts.map((row, truth) => {
              const total = row.reduce((sum, count) => sum + count, 0);
              return (
                <tr key={labels[truth] ?? truth}>
                  <th scope="row" className="pr-3 text-right text-xs font-medium">
                    {labels[truth]}
                  </th>
                  {row.map((count, said) => {
                    const share = total === 0 ? 0 : count / total;
                    const hue = truth === said ? 'var(--accent)' : 'var(--series-2)';
                    return (
                      <td
                        key={labels[said] ?? said}
                        title={`${formatPercent(share)} of ${labels[truth]}`}
                        className="size-14 min-w-14 rounded-sm text-center"
                        style={{
                          background: `color-mix(in srgb, ${hue} ${Math.round(share * 45)}%, var(--sunken))`,
                        }}
                      >
                        {count}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
