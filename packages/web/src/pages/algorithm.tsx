import { type AlgorithmInfo, type Setting, settingsOf } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { z } from 'zod';
import { api } from '../lib/api.ts';
import { Formula } from '../parts/formula.tsx';
import { Facts, Page, Section } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { NotFound } from '../parts/not-found.tsx';
import { type Column, Table } from '../parts/table.tsx';

/** One entry of the catalogue: formula, symbols, what it is good for, a run in a picture, settings, source. */
export function AlgorithmPage() {
  const { name } = useParams({ from: '/algorithms/$name' });
  const catalogue = useQuery(api.algorithms.list.queryOptions({ staleTime: 60_000 }));
  return (
    <Loaded query={catalogue}>
      {(all) => {
        const found = all.find((algorithm) => algorithm.name === name);
        return found === undefined ? <NotFound /> : <Entry algorithm={found} />;
      }}
    </Loaded>
  );
}

const settingColumns: readonly Column<Setting>[] = [
  { head: 'setting', render: ({ name }) => <code>{name}</code> },
  { head: 'values', render: ({ values }) => <span className="text-muted">{values}</span> },
  { head: 'default', render: (setting) => setting.default !== '' && <code>{setting.default}</code> },
  { head: 'what it does', render: ({ help }) => help },
];

function Entry({ algorithm }: { algorithm: AlgorithmInfo }) {
  const { title, summary, formula, latex, symbols, goodFor, paper, tasks, kinds, metrics } = algorithm;
  return (
    <Page
      title={title}
      above={
        <Link to="/algorithms" className="text-link">
          Algorithms
        </Link>
      }
      lead={summary}
    >
      <Section title="Formula">
        {latex === undefined ? <p className="font-mono">{formula}</p> : <Formula latex={latex} />}
        <Facts facts={Object.entries(symbols).map(([symbol, meaning]) => [symbol, meaning] as const)} />
      </Section>
      <Section title="What it is good for">
        {goodFor !== undefined && <p className="max-w-prose">{goodFor}</p>}
        <Facts
          facts={[
            ['tasks', tasks.join(', ')],
            ['data', kinds.join(', ')],
            ['measured by', metrics.join(', ')],
          ]}
        />
      </Section>
      <Picture name={algorithm.name} />
      <Section title="Settings">
        <Table
          caption={`Settings of ${title}`}
          columns={settingColumns}
          items={settingsOf(algorithm.config)}
          keyOf={({ name }) => name}
        />
      </Section>
      <Section title="Source">
        <p className="text-sm">
          {paper.authors} ({paper.year}):{' '}
          {paper.url === undefined ? (
            <cite>{paper.title}</cite>
          ) : (
            <a href={paper.url} rel="noopener noreferrer" className="text-link">
              <cite>{paper.title}</cite>
            </a>
          )}
        </p>
      </Section>
    </Page>
  );
}

const captions = z.record(z.string(), z.object({ caption: z.string() }));

/** The figure of a run, where the app has one: algorithms of other makers come without. */
function Picture({ name }: { name: string }) {
  const figures = useQuery({
    queryKey: ['figures'],
    queryFn: async () => captions.parse(await (await fetch('/figures/figures.json')).json()),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const figure = figures.data?.[name];
  if (figure === undefined) return null;
  return (
    <Section title="A run">
      <figure>
        <img
          src={`/figures/${name}.svg`}
          alt={figure.caption}
          className="max-w-full rounded-lg border border-line bg-white"
        />
        <figcaption className="mt-2 max-w-prose text-sm text-muted">{figure.caption}</figcaption>
      </figure>
    </Section>
  );
}
