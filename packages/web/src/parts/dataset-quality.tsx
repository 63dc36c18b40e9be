import { HeatMap } from '../charts/heat-map.tsx';
import { formatPercent, plural } from '../lib/format.ts';
import { type Personal, type Quality, type Relation, readQuality, relationMap } from '../lib/quality.ts';
import { ProfileNotReady, useProfile } from './dataset-profile.tsx';
import { DriftPanels } from './drift-panels.tsx';
import { Findings } from './findings.tsx';
import { Empty, Section } from './layout.tsx';
import { Loaded } from './loaded.tsx';

/** What speaks against a version of a dataset, what to do about it, and how its columns belong together. */
export function DatasetQuality({ path }: { path: string }) {
  const query = useProfile(path);
  return (
    <Loaded query={query}>
      {(data) => {
        if (data.state !== 'ready') return <ProfileNotReady state={data.state} message={data.message} />;
        const quality = readQuality(data.profile);
        if (quality === undefined)
          return (
            <Empty title="There is no report of this version">
              It was read before there were reports. A new version gets one.
            </Empty>
          );
        return <Report quality={quality} path={path} />;
      }}
    </Loaded>
  );
}

function Report({ quality, path }: { quality: Quality; path: string }) {
  const { findings, personal, drift, relations, sampled } = quality;
  const others = findings.filter(({ kind }) => kind !== 'personal');
  return (
    <div className="space-y-10">
      <p className="max-w-prose text-muted">
        {summary(others.length, personal.length)} Measured on {plural(sampled, 'row')}.
      </p>
      {personal.length > 0 && <PersonalData personal={personal} />}
      {others.length > 0 && <Findings findings={others} path={path} />}
      {drift !== undefined && (
        <Section title="Since the version before">
          <DriftPanels drift={drift} />
        </Section>
      )}
      <Relations relations={relations} />
    </div>
  );
}

function summary(others: number, personal: number): string {
  if (others + personal === 0) return 'Nothing was found that speaks against this version.';
  const said = [
    ...(personal > 0 ? [`${plural(personal, 'column')} with what looks like personal data`] : []),
    ...(others > 0 ? [plural(others, 'further finding')] : []),
  ].join(', and ');
  return personal > 0 ? `${said}.` : `${said.replace('further ', '')}.`;
}

function PersonalData({ personal }: { personal: readonly Personal[] }) {
  return (
    <section
      aria-labelledby="personal-data"
      className="rounded-lg border border-danger/40 bg-danger-soft px-4 py-4 sm:px-5"
    >
      <h2 id="personal-data" className="text-xl font-semibold text-danger">
        Probably personal data
      </h2>
      <p className="mt-1 max-w-prose text-sm">
        Remove or mask these columns before others may read the dataset, or be sure that they may. Opening it
        asks you about them.
      </p>
      <PersonalTable personal={personal} />
    </section>
  );
}

/** Columns with masked examples. */
export function PersonalTable({ personal }: { personal: readonly Personal[] }) {
  return (
    <ul className="mt-4 divide-y divide-danger/20 text-sm">
      {personal.map(({ column, kind, share, examples }) => (
        <li key={`${column} ${kind}`} className="grid gap-x-6 gap-y-1 py-2.5 sm:grid-cols-[12rem_1fr]">
          <span className="font-mono font-semibold break-all">{column}</span>
          <span className="min-w-0">
            {kind}, in {formatPercent(share)} of its values
            <span className="mt-1 flex flex-wrap gap-1.5">
              {[...new Set(examples)].map((example) => (
                <code key={example} className="rounded bg-surface px-1.5 py-0.5 text-xs break-all">
                  {example}
                </code>
              ))}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

const measures: Record<string, string> = {
  pearson: 'Pearson’s correlation',
  'cramers-v': 'Cramér’s V',
  'correlation-ratio': 'correlation ratio',
};

function Relations({ relations }: { relations: readonly Relation[] }) {
  const map = relationMap(relations);
  if (map === undefined) return null;
  return (
    <Section title="Which columns belong together">
      <p className="max-w-prose text-sm text-muted">
        Two numbers by Pearson’s correlation, −1 to 1; two categories by Cramér’s V, a number and a category
        by the correlation ratio, both 0 to 1. Empty: below 0.1.
      </p>
      <HeatMap
        label="How strongly each two columns belong together"
        names={map.columns}
        cell={(row, column) => {
          const found = map.at(row, column);
          return (
            found && {
              value: found.value,
              title: `${row} and ${column}: ${found.value.toFixed(3)} (${measures[found.measure] ?? found.measure})`,
            }
          );
        }}
      />
    </Section>
  );
}
