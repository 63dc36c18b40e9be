import type { Repository } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { ConfusionMatrix } from '../charts/confusion-matrix.tsx';
import { api } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { EvaluationTable } from './evaluation-table.tsx';
import { Facts, Section } from './layout.tsx';
import { Rights } from './licence-link.tsx';
import { PersonLink, RepositoryLink, RunLink } from './links.tsx';

/** The run that made the newest version which a run made. */
function useMaker(path: string) {
  const history = useQuery(
    api.repositories.history.queryOptions({ input: { kind: 'model', ...splitPath(path), limit: 50 } }),
  );
  const commit = history.data?.items.find((one) => one.run !== undefined);
  const run = useQuery(
    api.runs.get.queryOptions({ input: { id: commit?.run ?? '' }, enabled: commit?.run !== undefined }),
  );
  return { authors: [...new Set(history.data?.items.map((one) => one.author))], run: run.data };
}

export function ModelScores({ path }: { path: string }) {
  const { run } = useMaker(path);
  if (run?.evaluation === undefined) return null;
  return (
    <Section title="On held-out rows">
      <EvaluationTable
        evaluation={run.evaluation}
        {...(run.baseline === undefined ? {} : { baseline: run.baseline })}
      />
      {run.evaluation.confusion !== undefined && <ConfusionMatrix {...run.evaluation.confusion} />}
    </Section>
  );
}

/** What a model was made from, by which run, by whom. */
export function ModelLineage({ repository }: { repository: Repository }) {
  const { authors, run } = useMaker(repository.path);
  return (
    <Section title="Lineage">
      <Facts
        facts={[
          [
            'Path',
            <code key="path" className="break-all">
              {repository.path}
            </code>,
          ],
          ['Licence', <Rights key="licence" repository={repository} />],
          [
            'Data',
            repository.sources.map(({ dataset, revision }) => (
              <span key={dataset} className="block">
                <RepositoryLink kind="dataset" path={dataset} />{' '}
                <code className="text-xs text-muted">{revision.slice(0, 10)}</code>
              </span>
            )),
          ],
          [
            'Run',
            run === undefined ? undefined : (
              <RunLink key="run" id={run.id}>
                #{run.number} {run.name}
              </RunLink>
            ),
          ],
          ['Algorithm', run === undefined ? undefined : <code key="algorithm">{run.spec.algorithm}</code>],
          [
            'People',
            authors.map((username) => (
              <span key={username} className="block">
                <PersonLink username={username} />
              </span>
            )),
          ],
          ['Trained at', run?.site],
          ['Version', <code key="head">{repository.head?.slice(0, 10)}</code>],
        ]}
      />
    </Section>
  );
}
