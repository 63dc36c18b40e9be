import { Link } from '@tanstack/react-router';
import { plural } from '../lib/format.ts';
import { type Finding, findingTitle, type Severity, severityTitles, stepFor } from '../lib/quality.ts';
import { Badge, type Tone } from './badge.tsx';
import { Section } from './layout.tsx';

const tones: Record<Severity, Tone> = { high: 'bad', medium: 'warn', low: 'plain' };

/** Findings by severity, each with a sentence and, where a recipe can mend it, the step that does. */
export function Findings({ findings, path }: { findings: readonly Finding[]; path: string }) {
  const [namespace = '', name = ''] = path.split('/');
  const groups = (['high', 'medium', 'low'] as const)
    .map((severity) => ({ severity, found: findings.filter((one) => one.severity === severity) }))
    .filter(({ found }) => found.length > 0);
  return groups.map(({ severity, found }) => (
    <Section
      key={severity}
      title={severityTitles[severity]}
      aside={<span className="text-sm text-muted">{plural(found.length, 'finding')}</span>}
    >
      <ul className="divide-y divide-line">
        {found.map((finding) => {
          const step = stepFor(finding);
          return (
            <li
              key={`${finding.kind} ${finding.message}`}
              className="grid gap-x-6 gap-y-1.5 py-3 first:pt-0 sm:grid-cols-[9rem_1fr]"
            >
              <span>
                <Badge tone={tones[severity]}>{findingTitle(finding)}</Badge>
              </span>
              <div className="min-w-0 max-w-prose text-sm">
                <p>{finding.message}.</p>
                {step !== undefined && (
                  <p className="mt-1 text-xs text-muted">
                    In a{' '}
                    <Link
                      to="/datasets/$namespace/$name"
                      params={{ namespace, name }}
                      search={{ tab: 'prepare' }}
                      className="text-link"
                    >
                      recipe
                    </Link>
                    : <code className="break-words">- {step}</code>
                  </p>
                )}
              </div>
            </li>
          );
        })}
      </ul>
    </Section>
  ));
}
