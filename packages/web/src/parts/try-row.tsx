import type { Deployment } from '@banyan/contract';
import { useState } from 'react';
import { useExampleRows } from '../lib/example-rows.ts';
import { type Manifest, rowOf } from '../lib/manifest.ts';
import { writeCell } from '../lib/rows-text.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { PredictPanel } from './predict-panel.tsx';

/** One box a raw column. Known values are offered, and a real row fills the form. */
export function TryRow({ deployment, manifest }: { deployment: Deployment; manifest: Manifest }) {
  const examples = useExampleRows(manifest);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [next, setNext] = useState(0);
  const fill = () => {
    const row = examples.rows[next % examples.rows.length] ?? {};
    setTexts(Object.fromEntries(manifest.inputs.map(({ name }) => [name, writeCell(row[name])])));
    // Neighbouring rows are often alike: a step that shares no factor with most lengths visits all of them.
    setNext(next + 37);
  };
  return (
    <PredictPanel deployment={deployment} manifest={manifest} read={() => rowOf(manifest.inputs, texts)}>
      {examples.rows.length > 0 && (
        <Button small onClick={fill}>
          Fill with a real row
        </Button>
      )}
      <div className={`grid gap-x-6 gap-y-4 ${manifest.kind === 'text' ? '' : 'sm:grid-cols-2'}`}>
        {manifest.inputs.map(({ name, type }) => {
          const column = examples.columns.find((one) => one.name === name);
          const known = type === 'string' && manifest.kind !== 'text' ? (column?.top ?? []) : [];
          const range =
            column?.numbers === undefined
              ? undefined
              : `in the data ${column.numbers.min} to ${column.numbers.max}`;
          return (
            <Field key={name} label={name} help={range ?? (type === 'number' ? 'a number' : 'text')}>
              {(wiring) => (
                <>
                  {manifest.kind === 'text' ? (
                    <textarea
                      {...wiring}
                      rows={8}
                      value={texts[name] ?? ''}
                      placeholder="Paste a text"
                      onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
                      className="box"
                    />
                  ) : (
                    <input
                      {...wiring}
                      type={type === 'number' ? 'number' : 'text'}
                      step="any"
                      value={texts[name] ?? ''}
                      placeholder="missing"
                      list={known.length > 0 ? `${wiring.id}-known` : undefined}
                      onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
                      className="box"
                    />
                  )}
                  {known.length > 0 && (
                    <datalist id={`${wiring.id}-known`}>
                      {known.map(({ value }) => (
                        <option key={String(value)} value={String(value)} />
                      ))}
                    </datalist>
                  )}
                </>
              )}
            </Field>
          );
        })}
      </div>
    </PredictPanel>
  );
}
