import { type FormEvent, useState } from 'react';
import type { DataSearch } from '../lib/data-view.ts';
import { Button } from './button.tsx';

/** Search in all texts, and a condition in SQL that clicks on the columns' heads write too. */
export function DataFilters({
  search,
  example,
  show,
}: {
  search: DataSearch;
  /** A condition that these columns could have. */
  example: string;
  show: (change: Partial<DataSearch>) => void;
}) {
  const [q, setQ] = useState(search.q ?? '');
  const [where, setWhere] = useState(search.where ?? '');
  const apply = (event: FormEvent) => {
    event.preventDefault();
    show({
      q: q.trim() === '' ? undefined : q.trim(),
      where: where.trim() === '' ? undefined : where.trim(),
    });
  };
  const filtered = search.q !== undefined || search.where !== undefined || search.sort !== undefined;
  return (
    <form onSubmit={apply} className="flex flex-wrap items-end gap-2" aria-label="Which rows">
      <label className="min-w-40 flex-1 basis-40 space-y-1 text-xs text-muted">
        <span>Search in texts</span>
        <input
          type="search"
          value={q}
          onChange={(event) => setQ(event.target.value)}
          className="box min-h-9! py-1! text-sm text-ink"
        />
      </label>
      <label className="min-w-52 flex-[2] basis-72 space-y-1 text-xs text-muted">
        <span>Condition (SQL); click a bar or a value below to add one</span>
        <input
          value={where}
          onChange={(event) => setWhere(event.target.value)}
          placeholder={example}
          spellCheck={false}
          autoCapitalize="off"
          className="box min-h-9! py-1! font-mono text-sm text-ink"
        />
      </label>
      <Button type="submit" small className="min-h-9">
        Show
      </Button>
      {filtered && (
        <Button
          small
          look="quiet"
          className="min-h-9"
          onClick={() => show({ q: undefined, where: undefined, sort: undefined })}
        >
          Clear
        </Button>
      )}
    </form>
  );
}
