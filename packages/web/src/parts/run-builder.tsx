import type { AlgorithmInfo, Lane } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { metricLabel, type RaceMetric, raceMetrics } from '../lib/metrics.ts';
import { splitPath } from '../lib/repository.ts';
import { fieldsOf, readForm } from '../lib/schema-form.ts';
import { AlgorithmChoice } from './algorithm-choice.tsx';
import { SelectField, TextField } from './field.tsx';
import { Form } from './form.tsx';
import { Empty, Panel, Section } from './layout.tsx';
import { SchemaForm } from './schema-form.tsx';

type Texts = Record<string, string>;

/** Which algorithm with which settings; several of them make a race. */
export function RunBuilder({
  project,
  dataset,
  task,
  algorithms,
}: {
  project: string;
  dataset: string;
  task: string;
  algorithms: readonly AlgorithmInfo[];
}) {
  const navigate = useNavigate();
  const metrics = raceMetrics[task] ?? ['loss'];
  const base = splitPath(dataset).name.replace(/-prepared$/, '');
  const [several, setSeveral] = useState(false);
  const [chosen, setChosen] = useState<readonly string[]>(algorithms.slice(0, 1).map(({ name }) => name));
  const [texts, setTexts] = useState<Readonly<Record<string, Texts>>>({});
  const [name, setName] = useState('');
  const [model, setModel] = useState(base);
  const [seed, setSeed] = useState('1');
  const [lane, setLane] = useState<Lane>('native');
  const [metric, setMetric] = useState<RaceMetric>(metrics[0] ?? 'loss');
  const createRun = useMutation(
    api.runs.create.mutationOptions({
      onSuccess: async ({ id }) => {
        await queryClient.invalidateQueries({ queryKey: api.key() });
        await navigate({ to: '/runs/$id', params: { id } });
      },
    }),
  );
  const createRace = useMutation(
    api.races.create.mutationOptions({
      onSuccess: async ({ id }) => {
        await queryClient.invalidateQueries({ queryKey: api.key() });
        await navigate({ to: '/projects/$slug/races/$id', params: { slug: project, id } });
      },
    }),
  );

  if (algorithms.length === 0)
    return (
      <Empty title="No algorithm fits this dataset">
        It is prepared for {task}, and no worker that has joined brings an algorithm for that.
      </Empty>
    );

  const picked = algorithms.filter((one) => chosen.includes(one.name));
  const forms = picked.map((algorithm) => {
    const fields = fieldsOf(algorithm.config) ?? [];
    return { algorithm, fields, ...readForm(fields, texts[algorithm.name] ?? {}) };
  });
  const wrong = forms.some(({ errors }) => Object.keys(errors).length > 0);
  const toggle = (algorithm: string) =>
    setChosen(
      !several
        ? [algorithm]
        : chosen.includes(algorithm)
          ? chosen.filter((one) => one !== algorithm)
          : [...chosen, algorithm],
    );
  const start = () => {
    const [first] = forms;
    if (wrong || first === undefined) return;
    const common = { project, dataset, seed: Number(seed), lane };
    if (several)
      createRace.mutate({
        ...common,
        title: name || `${base}, by ${metricLabel(metric).toLowerCase()}`,
        metric,
        model,
        candidates: forms.map(({ algorithm, config }) => ({ algorithm: algorithm.name, config })),
      });
    else
      createRun.mutate({
        ...common,
        algorithm: first.algorithm.name,
        config: first.config,
        model: `${project}/${model}`,
        ...(name === '' ? {} : { name }),
      });
  };

  return (
    <>
      <Section title={several ? '2. Candidates' : '2. Algorithm'}>
        <div className="max-w-xs">
          <SelectField
            label="Train"
            value={several ? 'race' : 'run'}
            onChange={(value) => {
              const race = value === 'race';
              setSeveral(race);
              // A race without its baselines has nothing to beat: they are in it unless one takes them out.
              setChosen(race ? algorithms.map((one) => one.name) : chosen.slice(0, 1));
            }}
            options={[
              ['run', 'One model'],
              ['race', 'A race of several candidates'],
            ]}
          />
        </div>
        <AlgorithmChoice algorithms={algorithms} chosen={chosen} several={several} onToggle={toggle} />
      </Section>
      <Section title="3. Settings">
        <Form
          submit={several ? `Start the race of ${forms.length}` : 'Start the run'}
          busy={createRun.isPending || createRace.isPending}
          error={createRun.error ?? createRace.error}
          onSubmit={start}
        >
          {forms
            .filter(({ fields }) => fields.length > 0)
            .map(({ algorithm, fields }) => (
              <Panel key={algorithm.name} className="space-y-5">
                <h3 className="font-semibold">{algorithm.title}</h3>
                <SchemaForm
                  fields={fields}
                  texts={texts[algorithm.name] ?? {}}
                  onChange={(next) => setTexts({ ...texts, [algorithm.name]: next })}
                />
              </Panel>
            ))}
          <div className="grid gap-5 sm:grid-cols-2 lg:grid-cols-4">
            <TextField
              label={several ? 'Title of the race (optional)' : 'Name of the run (optional)'}
              value={name}
              onChange={setName}
            />
            <TextField
              label="Model name"
              value={model}
              onChange={setModel}
              required
              mono
              help={several ? `${project}/${model}-1, -2, ...` : `${project}/${model}`}
            />
            <TextField
              label="Seed"
              type="number"
              value={seed}
              onChange={setSeed}
              required
              help="Same seed, same data, same machine: same weights."
            />
            <SelectField
              label="Arithmetic"
              value={lane}
              onChange={(value) => setLane(value === 'deterministic' ? value : 'native')}
              options={[
                ['native', 'Native: fast'],
                ['deterministic', 'Deterministic: slower'],
              ]}
              help="Deterministic: the same weights on every machine, to the bit."
            />
            {several && (
              <SelectField
                label="Ranked by"
                value={metric}
                onChange={(value) => setMetric(metrics.find((one) => one === value) ?? metric)}
                options={metrics.map((one) => [one, metricLabel(one)])}
              />
            )}
          </div>
        </Form>
      </Section>
    </>
  );
}
