import type { AlgorithmInfo } from '@banyan/contract';
import { Badge } from './badge.tsx';

/** Algorithms as cards with their formula; one is chosen, or several when they are to race. */
export function AlgorithmChoice({
  algorithms,
  chosen,
  several,
  onToggle,
}: {
  algorithms: readonly AlgorithmInfo[];
  chosen: readonly string[];
  several: boolean;
  onToggle: (name: string) => void;
}) {
  return (
    <fieldset>
      <legend className="sr-only">{several ? 'Candidates' : 'Algorithm'}</legend>
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {algorithms.map((algorithm) => (
          <label
            key={algorithm.name}
            className="flex cursor-pointer flex-col rounded-lg border border-line bg-surface p-4 text-sm focus-within:outline-2 focus-within:outline-accent has-checked:border-accent has-checked:bg-accent-soft/40"
          >
            <span className="flex items-baseline gap-2.5">
              <input
                type={several ? 'checkbox' : 'radio'}
                name="algorithm"
                checked={chosen.includes(algorithm.name)}
                onChange={() => onToggle(algorithm.name)}
                className="accent-accent"
              />
              <span className="font-serif text-base font-semibold">{algorithm.title}</span>
              {algorithm.baseline && <Badge>baseline</Badge>}
            </span>
            <span className="mt-1.5 text-muted">{algorithm.summary}</span>
            <span className="mt-3 overflow-x-auto rounded bg-sunken px-2.5 py-1.5 font-mono text-xs">
              {algorithm.formula}
            </span>
            <span className="mt-2 text-xs text-muted">
              {Object.entries(algorithm.symbols)
                .map(([symbol, meaning]) => `${symbol}: ${meaning}`)
                .join('; ')}
            </span>
            <span className="mt-auto pt-3 text-xs text-muted">
              {algorithm.paper.authors} ({algorithm.paper.year}),{' '}
              {algorithm.paper.url === undefined ? (
                <cite>{algorithm.paper.title}</cite>
              ) : (
                <a href={algorithm.paper.url} rel="noopener noreferrer" className="text-link">
                  <cite>{algorithm.paper.title}</cite>
                </a>
              )}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
