import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import type { Place } from '../lib/place.ts';
import { splitPath } from '../lib/repository.ts';

const groups = [
  ['branch', 'Branches'],
  ['tag', 'Tags'],
  ['pull', 'Pull requests'],
  ['convert', 'Made by the hub'],
] as const;

/** The version that one looks at: a branch or a tag, or a commit that has no name. */
export function RevisionChoice({
  kind,
  path,
  revision,
  place,
}: {
  kind: 'dataset' | 'model';
  path: string;
  revision: string;
  place: Place;
}) {
  const navigate = useNavigate();
  const refs = useQuery(api.repositories.refs.queryOptions({ input: { kind, ...splitPath(path) } }));
  const names = refs.data ?? [];
  const named = names.some(({ name }) => name === revision);
  return (
    <label className="flex items-center gap-2 text-sm">
      <span className="text-muted">Version</span>
      <select
        className="box min-h-9 w-auto max-w-60 py-1 text-sm"
        value={revision}
        onChange={(event) =>
          void navigate({
            to: '.',
            search: { ...place, revision: event.target.value, folder: undefined, file: undefined },
            resetScroll: false,
          })
        }
      >
        {!named && <option value={revision}>{revision.slice(0, 10)}</option>}
        {groups.map(([group, title]) => {
          const own = names.filter((ref) => ref.kind === group);
          return (
            own.length > 0 && (
              <optgroup key={group} label={title}>
                {own.map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </optgroup>
            )
          );
        })}
      </select>
    </label>
  );
}
