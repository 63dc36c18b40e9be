import type { Site } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { CheckField, TextField } from './field.tsx';
import { Form } from './form.tsx';

const kinds = ['prepare', 'train', 'evaluate', 'explain', 'serve', 'query'] as const;

/** An institution's rules for what it lends. */
export function SitePolicyForm({ site }: { site: Site }) {
  const [title, setTitle] = useState(site.title);
  const [namespaces, setNamespaces] = useState((site.policy.namespaces ?? []).join(', '));
  const [allowed, setAllowed] = useState<readonly (typeof kinds)[number][]>(site.policy.kinds ?? kinds);
  const [hours, setHours] = useState(site.policy.maxJobHours?.toString() ?? '');
  const update = useMutation(
    api.sites.update.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: api.sites.key() }),
    }),
  );
  const save = () => {
    const only = namespaces.split(/[\s,;]+/).filter((name) => name !== '');
    update.mutate({
      name: site.name,
      title,
      policy: {
        ...(only.length === 0 ? {} : { namespaces: only }),
        ...(allowed.length === kinds.length ? {} : { kinds: [...allowed] }),
        ...(hours === '' ? {} : { maxJobHours: Number(hours) }),
      },
    });
  };
  return (
    <details>
      <summary className="text-sm font-medium">Change the rules</summary>
      <div className="max-w-xl py-4">
        <Form
          submit={update.isSuccess ? 'Saved' : 'Save the rules'}
          busy={update.isPending}
          error={update.error}
          onSubmit={save}
        >
          <TextField label="Title" value={title} onChange={setTitle} />
          <TextField
            label="Whose jobs may run here"
            value={namespaces}
            onChange={setNamespaces}
            help="Projects, organisations or people, separated by commas. Empty: anybody's. Granted requests count besides."
          />
          <fieldset className="space-y-2">
            <legend className="mb-1 text-sm font-medium">Kinds of jobs</legend>
            {kinds.map((kind) => (
              <CheckField
                key={kind}
                label={kind}
                checked={allowed.includes(kind)}
                onChange={(on) =>
                  setAllowed(kinds.filter((one) => (one === kind ? on : allowed.includes(one))))
                }
              />
            ))}
          </fieldset>
          <TextField
            label="Longest job, in hours"
            value={hours}
            onChange={setHours}
            help="Empty: no limit."
          />
        </Form>
      </div>
    </details>
  );
}
