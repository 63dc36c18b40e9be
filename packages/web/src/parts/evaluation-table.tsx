import type { Evaluation } from '@banyan/contract';
import { formatMetric, formatNumber } from '../lib/format.ts';
import { betterIs, compareTo, inOrder, metricLabel, type Verdict } from '../lib/metrics.ts';
import { Badge, type Tone } from './badge.tsx';
import { Table } from './table.tsx';

const verdicts: Record<Verdict, readonly [Tone, string]> = {
  better: ['good', 'better'],
  worse: ['bad', 'worse'],
  unclear: ['plain', 'not clearly different'],
};

/** Every metric with its interval, always beside the baseline that keeps everyone honest. */
export function EvaluationTable({
  evaluation,
  baseline,
}: {
  evaluation: Evaluation;
  baseline?: { algorithm: string; evaluation: Evaluation };
}) {
  return (
    <div className="space-y-2">
      <Table
        caption="Metrics on held-out rows"
        items={inOrder(evaluation.metrics)}
        keyOf={([name]) => name}
        columns={[
          {
            head: 'Metric',
            render: ([name]) => (
              <>
                {metricLabel(name)}{' '}
                <span className="text-xs text-muted">{betterIs(name) === 'higher' ? '↑' : '↓'}</span>
              </>
            ),
          },
          {
            head: 'This model',
            numeric: true,
            render: ([, one]) => <strong>{formatMetric(one.value)}</strong>,
          },
          { head: '95 % interval', numeric: true, render: ([, one]) => <Interval {...one} /> },
          {
            head: baseline === undefined ? 'Baseline' : `Baseline: ${baseline.algorithm}`,
            numeric: true,
            render: ([name]) => {
              const one = baseline?.evaluation.metrics[name];
              return one === undefined ? '–' : formatMetric(one.value);
            },
          },
          {
            head: '95 % interval',
            numeric: true,
            render: ([name]) => {
              const one = baseline?.evaluation.metrics[name];
              return one === undefined ? '–' : <Interval {...one} />;
            },
          },
          {
            head: 'Against the baseline',
            render: ([name, ours]) => {
              const theirs = baseline?.evaluation.metrics[name];
              if (theirs === undefined) return '–';
              const [tone, text] = verdicts[compareTo(name, ours, theirs)];
              return <Badge tone={tone}>{text}</Badge>;
            },
          },
        ]}
      />
      <p className="text-xs text-muted">
        On {formatNumber(evaluation.rows)} held-out examples. ↑ higher is better, ↓ lower is better. Intervals
        by bootstrap, of the accuracy by Wilson’s formula; “better” or “worse” only where they do not overlap.
      </p>
    </div>
  );
}

function Interval({ low, high }: { low: number; high: number }) {
  return (
    <span className="whitespace-nowrap text-muted">
      {formatMetric(low)} to {formatMetric(high)}
    </span>
  );
}
