import type { CardProblem, Licence } from '@banyan/contract';
import { LicenceLink } from './licence-link.tsx';

/** What the hub says of a card that is being written; each line number leads there. */
export function CardProblems({
  check,
  goTo,
}: {
  check: { errors: CardProblem[]; warnings: CardProblem[]; licences: Licence[] } | undefined;
  goTo: (line: number) => void;
}) {
  if (check === undefined) return null;
  const { errors, warnings, licences } = check;
  if (errors.length + warnings.length === 0)
    return (
      <p className="text-xs text-muted">
        The head reads well.{' '}
        {licences.map((licence) => (
          <LicenceLink key={licence.id} licence={licence} />
        ))}
      </p>
    );
  return (
    <ul className="space-y-1 text-xs" aria-live="polite">
      {[
        ...errors.map((problem) => ({ problem, tone: 'text-danger' })),
        ...warnings.map((problem) => ({ problem, tone: 'text-warning' })),
      ].map(({ problem: { line, message }, tone }) => (
        <li key={`${line} ${message}`} className={tone}>
          {line !== undefined && (
            <button
              type="button"
              onClick={() => goTo(line)}
              className="mr-1.5 font-medium underline underline-offset-2"
            >
              line {line}
            </button>
          )}
          {message}
        </li>
      ))}
    </ul>
  );
}
