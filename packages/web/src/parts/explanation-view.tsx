import { useState } from 'react';
import { BarList } from '../charts/bar-list.tsx';
import { type ColumnExplanation, strongest } from '../lib/explanation.ts';
import { formatNumber, plural } from '../lib/format.ts';
import { metricLabel } from '../lib/metrics.ts';
import { SelectField } from './field.tsx';
import { Panel } from './layout.tsx';

/** Which columns the model relies on, and what moved one answer. */
export function ExplanationView({ explanation }: { explanation: ColumnExplanation }) {
  const { metric, permutation, gradients, rowsUsed } = explanation;
  const ranked = [...permutation].sort((a, b) => b.importance - a.importance);
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Panel className="space-y-4">
        <div>
          <h3 className="font-semibold">What the model relies on</h3>
          <p className="text-sm text-muted">
            {metric === 'rmse' ? 'Rise of the RMSE' : `Loss of ${metricLabel(metric).toLowerCase()}`} when a
            column is shuffled among {plural(rowsUsed, 'held-out row')}; the line is the 95 % interval.
          </p>
        </div>
        <BarList
          caption="Permutation importance by column"
          bars={ranked.map(({ column, importance, low, high }) => ({
            key: column,
            label: column,
            value: importance,
            low,
            high,
            text: formatNumber(importance),
          }))}
        />
        <p className="text-xs text-muted">
          Columns that carry the same news share it: each alone may look unimportant.
        </p>
      </Panel>
      {gradients !== undefined && (
        <>
          <Panel className="space-y-4">
            <div>
              <h3 className="font-semibold">How far columns move the answer</h3>
              <p className="text-sm text-muted">
                Mean size of the integrated gradients over {plural(gradients.rows.length, 'row')}, in units of
                the model’s output.
              </p>
            </div>
            <BarList
              caption="Mean absolute integrated gradient by column"
              bars={[...gradients.columns]
                .sort((a, b) => b.meanAbsolute - a.meanAbsolute)
                .map(({ column, meanAbsolute }) => ({
                  key: column,
                  label: column,
                  value: meanAbsolute,
                  text: formatNumber(meanAbsolute),
                }))}
            />
          </Panel>
          <RowExplanation gradients={gradients} />
        </>
      )}
    </div>
  );
}

const told = (predicted: string | number | undefined) =>
  predicted === undefined ? '' : `: ${typeof predicted === 'number' ? formatNumber(predicted) : predicted}`;

function RowExplanation({ gradients }: { gradients: NonNullable<ColumnExplanation['gradients']> }) {
  const [chosen, setChosen] = useState('0');
  const row = gradients.rows[Number(chosen)];
  if (row === undefined) return null;
  return (
    <Panel className="space-y-4 lg:col-span-2">
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div className="max-w-prose">
          <h3 className="font-semibold">Why this answer</h3>
          <p className="text-sm text-muted">
            What each column added to or took from the answer for one held-out row, compared with the average
            training example.
          </p>
        </div>
        <div className="w-56">
          <SelectField
            label="Row"
            value={chosen}
            onChange={setChosen}
            options={gradients.rows.map((one, index) => [
              String(index),
              `${one.row + 1}${told(one.predicted)}`,
            ])}
          />
        </div>
      </div>
      <BarList
        caption={`Contributions to the answer for row ${row.row + 1}`}
        bars={strongest(row.contributions, 20).map(([column, value]) => ({
          key: column,
          label: column,
          value,
          text: `${value > 0 ? '+' : ''}${formatNumber(value)}`,
        }))}
      />
      <p className="text-xs text-muted">
        The contributions add up to the answer with an error of {formatNumber(gradients.completenessError)}.
        They describe the model, not the world.
      </p>
    </Panel>
  );
}
