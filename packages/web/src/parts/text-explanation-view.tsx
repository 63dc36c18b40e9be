import { useState } from 'react';
import { BarList } from '../charts/bar-list.tsx';
import { strongest, type TextExplanation, totals } from '../lib/explanation.ts';
import { formatNumber } from '../lib/format.ts';
import { SelectField } from './field.tsx';
import { Panel } from './layout.tsx';

/** A held-out text with each word in the colour of what it did for the answer, and the words that did most. */
export function TextExplanationView({ explanation }: { explanation: TextExplanation }) {
  const [chosen, setChosen] = useState('0');
  const text = explanation.rows[Number(chosen)];
  if (text === undefined) return null;
  const most = Math.max(...text.words.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE);
  return (
    <Panel className="space-y-4">
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div className="max-w-prose">
          <h3 className="font-semibold">Why this answer</h3>
          <p className="text-sm text-muted">
            What each word added to the probability of the answer, or took from it, compared with the same
            text in which every word is hidden.
          </p>
        </div>
        <div className="w-56">
          <SelectField
            label="Text"
            value={chosen}
            onChange={setChosen}
            options={explanation.rows.map(({ row, predicted }, index) => [
              String(index),
              `${row + 1}: ${predicted}`,
            ])}
          />
        </div>
      </div>
      <p className="leading-7">
        {text.words.map(({ word, contribution }, place) => (
          // Words come again: only their place tells them apart.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={place}>
            <span
              className="rounded-sm px-0.5"
              title={signed(contribution)}
              style={{ backgroundColor: shade(contribution / most) }}
            >
              {word}
            </span>{' '}
          </span>
        ))}
      </p>
      <BarList
        caption={`Words that moved the answer ${text.predicted} for text ${text.row + 1}`}
        bars={strongest(totals(text.words), 15).map(([word, value]) => ({
          key: word,
          label: word,
          value,
          text: signed(value),
        }))}
      />
      <p className="text-xs text-muted">
        The contributions add up to the answer with an error of {formatNumber(explanation.completenessError)}.
        They describe the model, not the world.
      </p>
    </Panel>
  );
}

const signed = (value: number) => `${value > 0 ? '+' : ''}${formatNumber(value)}`;

/** The accent for what speaks for the answer, the second series' colour for what speaks against it; share -1 to 1. */
const shade = (share: number) =>
  `color-mix(in srgb, var(${share < 0 ? '--series-2' : '--accent'}) ${Math.round(Math.abs(share) * 55)}%, transparent)`;
