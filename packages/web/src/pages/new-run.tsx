import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../lib/api.ts';
import { useFitted } from '../lib/fitted.ts';
import { algorithmsFor, preparedAs } from '../lib/prepared.ts';
import { SelectField } from '../parts/field.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { ProjectLink } from '../parts/links.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { RunBuilder } from '../parts/run-builder.tsx';

/** Choosing data and algorithm, then the algorithm's own settings: one run, or several that race. */
export function NewRunPage() {
  const { slug } = useParams({ from: '/projects/$slug/new-run' });
  const search = useSearch({ from: '/projects/$slug/new-run' });
  const datasets = useQuery(
    api.repositories.list.queryOptions({ input: { kind: 'dataset', project: slug, limit: 200 } }),
  );
  const [chosen, setChosen] = useState(search.dataset ?? '');
  return (
    <Page
      title="New run"
      above={<ProjectLink slug={slug} />}
      lead="Train one model, or let several candidates race on the same split."
    >
      <Loaded query={datasets}>
        {({ items }) => {
          const prepared = items.filter((one) => one.sources.length > 0 && one.access.read);
          const usable = prepared.length > 0 ? prepared : items.filter((one) => one.access.read);
          const dataset = chosen || (usable[0]?.path ?? '');
          if (usable.length === 0)
            return (
              <Empty title="No prepared dataset yet">
                Open a dataset, choose “Prepare”, and come back with the result.{' '}
                <Link to="/projects/$slug" params={{ slug }} search={{ tab: 'data' }} className="text-link">
                  Datasets of this project
                </Link>
              </Empty>
            );
          return (
            <>
              <Section title="1. Data">
                <div className="max-w-xl">
                  <SelectField
                    label="Prepared dataset"
                    value={dataset}
                    onChange={setChosen}
                    options={usable.map((one) => [
                      one.path,
                      one.title === '' ? one.path : `${one.path} · ${one.title}`,
                    ])}
                    help="What a recipe has cleaned, transformed and split."
                  />
                </div>
              </Section>
              <Choose project={slug} dataset={dataset} key={dataset} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Choose({ project, dataset }: { project: string; dataset: string }) {
  const catalogue = useQuery(api.algorithms.list.queryOptions({ staleTime: 60_000 }));
  const fitted = useFitted(dataset);
  return (
    <Loaded query={catalogue}>
      {(all) => {
        const shape = preparedAs(fitted.data);
        const algorithms = algorithmsFor(all, shape);
        if (all.length === 0)
          return (
            <Empty title="No algorithms known yet">
              Workers bring the catalogue along: it is here as soon as one has joined. See{' '}
              <Link to="/compute" className="text-link">
                compute
              </Link>
              .
            </Empty>
          );
        if (fitted.isPending) return null;
        if (shape === undefined)
          return (
            <Empty title="This dataset is not prepared">
              It holds no fitted recipe. Open it, choose “Prepare”, and train on the result.
            </Empty>
          );
        return (
          <RunBuilder
            key={shape.task}
            project={project}
            dataset={dataset}
            task={shape.task}
            algorithms={algorithms}
          />
        );
      }}
    </Loaded>
  );
}
