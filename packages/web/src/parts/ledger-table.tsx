import type { LedgerEntry } from '@banyan/contract';
import { PersonLink, RunLink } from './links.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

export function LedgerTable({ entries }: { entries: readonly LedgerEntry[] }) {
  return (
    <Table
      caption="Ledger"
      items={entries}
      keyOf={(entry) => String(entry.sequence)}
      columns={[
        { head: '№', numeric: true, render: (entry) => <span className="text-muted">{entry.sequence}</span> },
        { head: 'When', render: (entry) => <When at={entry.at} /> },
        {
          head: 'Who',
          render: (entry) => (entry.actor === undefined ? 'the hub' : <PersonLink username={entry.actor} />),
        },
        { head: 'Did', render: (entry) => <code className="whitespace-nowrap">{entry.action}</code> },
        {
          head: 'To',
          render: ({ action, subject }) =>
            action.startsWith('run.') ? (
              <RunLink id={subject}>{subject}</RunLink>
            ) : (
              <span className="break-all">{subject}</span>
            ),
        },
        {
          head: 'Seal',
          render: (entry) => (
            <code title={entry.hash} className="text-xs text-muted">
              {entry.hash.slice(0, 10)}
            </code>
          ),
        },
      ]}
    />
  );
}
