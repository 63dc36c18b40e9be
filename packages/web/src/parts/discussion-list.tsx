import type { Discussion, Repository } from '@banyan/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../lib/api.ts';
import { plural } from '../lib/format.ts';
import { splitPath } from '../lib/repository.ts';
import { Badge, type Tone } from './badge.tsx';
import { Button } from './button.tsx';
import { ChoiceRow } from './choice-row.tsx';
import { FailureNote } from './failure-note.tsx';
import { Empty, Section } from './layout.tsx';
import { PersonLink } from './links.tsx';
import { Loading } from './loaded.tsx';
import { NewDiscussion } from './new-discussion.tsx';
import { PlaceLink } from './place-link.tsx';
import { ShowMore } from './show-more.tsx';
import { When } from './when.tsx';

const filters = [
  ['open', 'Open'],
  ['draft', 'Drafts'],
  ['closed', 'Closed'],
  ['merged', 'Merged'],
  [undefined, 'All'],
] as const;

/** Discussions and pull requests of a repository, newest first. */
export function DiscussionList({ repository }: { repository: Repository }) {
  const { kind, path, access } = repository;
  const [status, setStatus] = useState<(typeof filters)[number][0]>('open');
  const [writing, write] = useState(false);
  const list = useInfiniteQuery(
    api.discussions.list.infiniteOptions({
      input: (cursor: string | undefined) => ({
        kind,
        ...splitPath(path),
        limit: 50,
        ...(status === undefined ? {} : { status }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.nextCursor,
    }),
  );
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section
      title="Discussions and pull requests"
      aside={
        access.read &&
        !writing && (
          <Button small look="primary" onClick={() => write(true)}>
            Start a discussion
          </Button>
        )
      }
    >
      {writing && <NewDiscussion repository={repository} onClose={() => write(false)} />}
      <ChoiceRow label="Which to show" choices={filters} chosen={status} choose={setStatus} />
      {list.error !== null && <FailureNote error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data && items.length === 0 && (
        <Empty title={status === undefined ? 'Nothing was discussed yet' : `None is ${status}`}>
          Ask what the card leaves open, or propose a change: of the card under “About”, of files under
          “Files”, from the command line, or with any Hugging Face client.
        </Empty>
      )}
      {items.length > 0 && (
        <ul className="divide-y divide-line rounded-md border border-line">
          {items.map((item) => (
            <Item key={item.number} item={item} />
          ))}
        </ul>
      )}
      <ShowMore query={list} />
    </Section>
  );
}

function Item({ item }: { item: Discussion }) {
  return (
    <li className="px-3 py-2.5">
      <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1">
        <PlaceLink
          to={{ tab: 'discussions', number: item.number }}
          className="font-medium break-words no-underline hover:text-accent"
        >
          {item.title}
        </PlaceLink>
        <DiscussionBadge discussion={item} />
      </div>
      <p className="mt-0.5 text-xs text-muted">
        #{item.number}, {item.kind === 'pull' ? 'pull request' : 'discussion'} by{' '}
        <PersonLink username={item.author} />, <When at={item.createdAt} /> ·{' '}
        {plural(item.comments, 'comment')}
      </p>
    </li>
  );
}

const tones: Record<Discussion['status'], Tone> = {
  draft: 'plain',
  open: 'good',
  closed: 'bad',
  merged: 'good',
};

export function DiscussionBadge({ discussion: { kind, status } }: { discussion: Discussion }) {
  return (
    <Badge tone={tones[status]}>
      {kind === 'pull' && status !== 'merged' ? `pull request, ${status}` : status}
    </Badge>
  );
}
