import type { Deployment, Json } from '@banyan/contract';
import { useState } from 'react';
import { useExampleRows } from '../lib/example-rows.ts';
import type { Manifest } from '../lib/manifest.ts';
import { parseRows, writeRows } from '../lib/rows-text.ts';
import { Button } from './button.tsx';
import { TextField } from './field.tsx';
import { PredictPanel } from './predict-panel.tsx';

/** A model of a series takes its last rows, oldest first: typed or pasted as CSV. */
export function TrySeries({ deployment, manifest }: { deployment: Deployment; manifest: Manifest }) {
  const names = manifest.inputs.map(({ name }) => name);
  const length = manifest.window ?? 1;
  const examples = useExampleRows(manifest);
  const [text, setText] = useState(`${names.join(',')}\n`);
  const parsed = parseRows(text, manifest.inputs);
  const rows: Json[] = 'rows' in parsed ? parsed.rows : [];
  const problem =
    'error' in parsed
      ? parsed.error
      : rows.length === length
        ? undefined
        : `The model needs ${length} rows, oldest first; here are ${rows.length}.`;
  return (
    <PredictPanel
      deployment={deployment}
      manifest={manifest}
      read={() => rows}
      brief={rows.length > 2 ? rows.slice(0, 2) : rows}
    >
      {examples.rows.length >= length && (
        <Button small onClick={() => setText(writeRows(names, examples.rows.slice(0, length)))}>
          Fill with {length} real rows
        </Button>
      )}
      <TextField
        label={`The last ${length} rows, oldest first`}
        value={text}
        onChange={setText}
        rows={14}
        mono
        error={problem}
        help="Comma-separated, the first line names the columns; an empty place is a missing value."
      />
    </PredictPanel>
  );
}
