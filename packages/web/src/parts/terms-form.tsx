import type { Repository } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { describeFailure } from '../lib/failure.ts';
import { splitPath } from '../lib/repository.ts';
import { SelectField, TextField } from './field.tsx';
import { Form } from './form.tsx';
import { PublishDialog } from './publish-dialog.tsx';

const partsOf = (text: string, separators: RegExp) =>
  text
    .split(separators)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** What the owner of a dataset or model asks of those who use it. */
export function TermsForm({ repository }: { repository: Repository }) {
  const { terms } = repository;
  const [text, setText] = useState(terms.text);
  const [purposes, setPurposes] = useState(terms.purposes.join('\n'));
  const [sites, setSites] = useState((terms.sites ?? []).join(', '));
  const [visibility, setVisibility] = useState(repository.visibility);
  const update = useMutation(
    api.repositories.update.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: api.repositories.key() }),
    }),
  );
  const asked = update.error !== null && describeFailure(update.error).field === 'acknowledgePersonalData';
  // While what was refused is sent again the dialog stays.
  const opening = asked || (update.isPending && update.variables.acknowledgePersonalData === true);
  const save = (acknowledgePersonalData = false) => {
    const only = partsOf(sites, /[\s;,]+/);
    update.mutate({
      kind: repository.kind,
      ...splitPath(repository.path),
      visibility,
      ...(acknowledgePersonalData ? { acknowledgePersonalData } : {}),
      terms: {
        text,
        purposes: partsOf(purposes, /\n/),
        ...(terms.algorithms === undefined ? {} : { algorithms: terms.algorithms }),
        ...(only.length === 0 ? {} : { sites: only }),
      },
    });
  };
  return (
    <details className="rounded-lg border border-line bg-surface px-5 py-3">
      <summary className="font-medium">Change the terms</summary>
      <div className="max-w-xl py-4">
        <Form
          submit={update.isSuccess ? 'Saved' : 'Save the terms'}
          busy={update.isPending}
          error={asked ? null : update.error}
          onSubmit={() => save()}
        >
          <SelectField
            label="Visibility"
            value={visibility}
            onChange={(value) => setVisibility(value === 'public' || value === 'gated' ? value : 'private')}
            options={[
              ['private', 'Private'],
              ['gated', 'Gated: card for all, files by grant'],
              ['public', 'Public'],
            ]}
          />
          <TextField label="Terms" value={text} onChange={setText} rows={6} />
          <TextField
            label="Purposes"
            value={purposes}
            onChange={setPurposes}
            rows={3}
            help="One on each line; empty: any."
          />
          <TextField
            label="Sites"
            value={sites}
            onChange={setSites}
            help="It never leaves these sites; separated by commas; empty: any."
          />
        </Form>
        {opening && visibility !== 'private' && (
          <PublishDialog
            path={repository.path}
            visibility={visibility}
            refusal={update.error}
            busy={update.isPending}
            onPublish={() => save(true)}
            onClose={() => update.reset()}
          />
        )}
      </div>
    </details>
  );
}
