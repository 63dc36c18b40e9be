import type { DiscussionDetail, Repository } from '@banyan/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { hub } from '../lib/api.ts';
import type { AtDiscussion } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { ChangeList } from './change-list.tsx';
import { FailureNote } from './failure-note.tsx';
import { SelectField } from './field.tsx';

interface Props {
  at: AtDiscussion;
  repository: Repository;
  pull: DiscussionDetail;
  /** Whether the one who looks opened it, or contributes here. */
  mayChange: boolean;
}

/** What a pull request changes, from where its branch and it parted, and how it stands to that branch now. */
export function PullRequest(props: Props) {
  const { repository, pull } = props;
  const { number, head, base, branchHead, branch, status } = pull;
  const isEmpty = head === undefined || head === branchHead;
  const isGoing = status === 'open' || status === 'draft';
  return (
    <div className="space-y-3">
      <h3 className="font-semibold">What it changes</h3>
      {isGoing && !isEmpty && base !== branchHead && <Outdated {...props} />}
      {isEmpty && status !== 'merged' ? (
        <p className="text-sm text-muted">
          Nothing yet. Commit to <code>refs/pr/{number}</code>: with the command line, or with the revision of
          that name in any Hugging Face client.
        </p>
      ) : (
        head !== undefined && (
          <ChangeList repository={repository} to={head} {...(base !== undefined && { from: base })} />
        )
      )}
      {!isEmpty && isGoing && (
        <p className="text-xs text-muted">
          Its files are at the revision <code>refs/pr/{number}</code>; the branch <code>{branch}</code> stays
          as it is until it is merged.
        </p>
      )}
    </div>
  );
}

type Side = 'branch' | 'pull';

/** The branch moved on: what that means, and putting the pull request on top of it. */
function Outdated({ at, pull, mayChange }: Props) {
  const { branch = 'main', conflicts = [] } = pull;
  const [sides, setSides] = useState<Record<string, Side | ''>>({});
  const queries = useQueryClient();
  const chosen = conflicts.flatMap((path): [string, Side][] => {
    const side = sides[path];
    return side ? [[path, side]] : [];
  });
  const update = useMutation({
    mutationFn: () => hub.discussions.update({ ...at, files: Object.fromEntries(chosen) }),
    onSettled: () => queries.invalidateQueries(),
  });
  const isBlocked = conflicts.length > 0;
  return (
    <div
      role={isBlocked ? 'alert' : 'status'}
      className="space-y-3 rounded-lg border border-warning/40 bg-warning-soft px-4 py-3 text-sm"
    >
      <div>
        <p className="font-medium text-warning">
          {isBlocked
            ? 'It cannot be merged as it is.'
            : `It is outdated: ${branch} has moved on since it began.`}
        </p>
        <p>
          {isBlocked ? (
            <>
              These files were changed both here and on <code>{branch}</code>.{' '}
              {mayChange
                ? 'Say which version of each to keep.'
                : 'The one who opened it, or a contributor, can say which version of each to keep.'}
            </>
          ) : (
            <>
              No file was changed on both sides, so it can be merged all the same. Update it to see what it
              changes in <code>{branch}</code> as that is now.
            </>
          )}
        </p>
      </div>
      {isBlocked && !mayChange && (
        <ul className="list-inside list-disc">
          {conflicts.map((path) => (
            <li key={path} className="break-all">
              {path}
            </li>
          ))}
        </ul>
      )}
      {isBlocked &&
        mayChange &&
        conflicts.map((path) => (
          <SelectField
            key={path}
            label={<span className="break-all">{path}</span>}
            value={sides[path] ?? ''}
            onChange={(side) => setSides({ ...sides, [path]: isSide(side) ? side : '' })}
            options={[
              ['', 'Which to keep?'],
              ['pull', 'The version of this pull request'],
              ['branch', `The version of ${branch}`],
            ]}
          />
        ))}
      {update.error !== null && <FailureNote error={update.error} />}
      {mayChange && (
        <Button
          small
          busy={update.isPending}
          disabled={chosen.length < conflicts.length}
          onClick={() => update.mutate()}
        >
          Update from {branch}
        </Button>
      )}
    </div>
  );
}

const isSide = (value: string): value is Side => value === 'branch' || value === 'pull';
