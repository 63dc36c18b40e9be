import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../lib/api.ts';
import { hubErrorOf } from '../lib/failure.ts';
import { readProfile } from '../lib/profile.ts';
import { parseRecipe, suggestRecipe } from '../lib/recipe.ts';
import { splitPath } from '../lib/repository.ts';
import { atLeast, useMe } from '../lib/session.ts';
import { buttonClass } from './button.tsx';
import { useProfile } from './dataset-profile.tsx';
import { SelectField, TextField } from './field.tsx';
import { Form } from './form.tsx';
import { JobList } from './job-list.tsx';
import { Empty, Panel, Section } from './layout.tsx';
import { RepositoryLink } from './links.tsx';
import { Loaded } from './loaded.tsx';

/** Cleaning, transforming and splitting by a declared recipe; the result is a dataset of its own. */
export function PrepareForm({ dataset }: { dataset: string }) {
  const me = useMe();
  const profile = useProfile(dataset);
  return (
    <Section title="Prepare for training">
      <p className="max-w-prose text-sm text-muted">
        A recipe says how raw rows become examples. It is fitted on the training split alone, and it travels
        with every model that is trained on the result: a served model takes raw rows.
      </p>
      <Loaded query={me}>
        {({ memberships }) => {
          const projects = memberships.filter(
            ({ kind, role }) => kind === 'project' && atLeast(role, 'contributor'),
          );
          if (projects.length === 0)
            return (
              <Empty title="You need a project">
                <p>Preparations belong to a project to which you contribute.</p>
                <Link to="/new-project" className={`mt-4 ${buttonClass('primary')}`}>
                  Start a project
                </Link>
              </Empty>
            );
          return (
            <Loaded query={profile}>
              {(data) => {
                const known = readProfile(data.profile);
                if (data.state === 'pending')
                  return <Empty title="A worker is reading the files">The recipe comes in a moment.</Empty>;
                return (
                  <RecipeEditor
                    dataset={dataset}
                    projects={projects.map(({ namespace, title }) => [namespace, title] as const)}
                    suggestion={known === undefined ? '' : suggestRecipe(known)}
                  />
                );
              }}
            </Loaded>
          );
        }}
      </Loaded>
    </Section>
  );
}

function RecipeEditor({
  dataset,
  projects,
  suggestion,
}: {
  dataset: string;
  projects: readonly (readonly [string, string])[];
  suggestion: string;
}) {
  const [project, setProject] = useState(projects[0]?.[0] ?? '');
  const [text, setText] = useState(suggestion);
  const [name, setName] = useState(`${splitPath(dataset).name}-prepared`);
  const [seed, setSeed] = useState('1');
  const prepare = useMutation(api.jobs.prepare.mutationOptions());
  const parsed = parseRecipe(text);
  const problem = 'error' in parsed ? parsed.error : undefined;
  const output = `${project}/${name}`;
  const send = () => {
    if ('recipe' in parsed)
      prepare.mutate({ project, dataset, recipe: parsed.recipe, seed: Number(seed), output });
  };
  return (
    <div className="grid gap-8 lg:grid-cols-[1fr_16rem]">
      <div className="space-y-6">
        <Form submit="Prepare" busy={prepare.isPending} error={prepare.error} onSubmit={send}>
          <TextField
            label="Recipe"
            value={text}
            onChange={setText}
            rows={Math.min(24, Math.max(12, text.split('\n').length + 1))}
            mono
            required
            help="YAML or JSON. The first one is written from this table's profile: read it, then change what you know better."
            error={problem}
          />
          <div className="grid gap-4 sm:grid-cols-3">
            <SelectField label="Project" value={project} onChange={setProject} options={projects} />
            <TextField
              label="Name of the result"
              value={name}
              onChange={setName}
              required
              mono
              help={output}
            />
            <TextField
              label="Seed"
              type="number"
              value={seed}
              onChange={setSeed}
              help="Same seed, same split."
            />
          </div>
        </Form>
        {hubErrorOf(prepare.error)?.code === 'CONSENT_NEEDED' && (
          <p className="text-sm">
            <Link to="." search={{ tab: 'access' }} className="text-link">
              Go to “Terms and access”
            </Link>
          </p>
        )}
        {prepare.data !== undefined && <Preparation id={prepare.data.id} output={output} />}
      </div>
      <RecipeGuide />
    </div>
  );
}

/** The prepare job, watched until it ends. */
function Preparation({ id, output }: { id: string; output: string }) {
  const job = useQuery(
    api.jobs.get.queryOptions({
      input: { id },
      refetchInterval: ({ state }) =>
        state.data === undefined || state.data.state === 'queued' || state.data.state === 'running'
          ? 1000
          : false,
    }),
  );
  return (
    <div role="status" className="space-y-3">
      <Loaded query={job}>{(data) => <JobList jobs={[data]} />}</Loaded>
      {job.data?.state === 'succeeded' && (
        <p>
          Ready: <RepositoryLink kind="dataset" path={output} />
        </p>
      )}
    </div>
  );
}

const steps = [
  ['join', 'columns of another dataset, by keys; comes first'],
  ['select, rename', 'keep columns, leave some out, name them anew'],
  ['cast', 'as number, text, boolean or date'],
  ['parse-dates, parse-units', '“3.5.2024” and “3.2 km” as numbers'],
  ['derive', 'a feature from an expression'],
  ['drop-missing', 'rows without a value'],
  ['drop-duplicates, drop-near-duplicates', 'rows or texts that repeat'],
  ['sample, balance', 'some rows; as many of every class'],
  ['flag-missing', 'say where a value was missing'],
  ['impute', 'fill gaps: mean, median, mode, constant, by group'],
  ['outliers', 'clip or drop far values'],
  ['scale, log1p', 'standard, min-max, robust, uniform, normal, log, power'],
  ['bin', 'numbers as intervals'],
  ['encode', 'one-hot, ordinal, target, hash, cycles'],
  ['normalize-text', 'letters, accents, addresses'],
  ['window', 'a series as examples'],
  ['image', 'resize, crop, channels, normalise, augment: copies by flip, shift, rotate, noise'],
  ['tokenize', 'text as tokens: bytes, bpe, wordpiece or a file'],
] as const;

function RecipeGuide() {
  return (
    <Panel className="h-fit text-sm">
      <h3 className="mb-3 font-semibold">Steps</h3>
      <dl className="space-y-1.5">
        {steps.map(([step, what]) => (
          <div key={step}>
            <dt className="font-mono text-xs text-accent">{step}</dt>
            <dd className="text-xs text-muted">{what}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-xs text-muted">
        split: random, stratified (by a class), group (keeps a group together), time (the future is held out)
      </p>
    </Panel>
  );
}
