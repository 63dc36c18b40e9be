import { fileUrl, type Repository } from '@banyan/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { api, hub, hubUrl } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { CardEditor } from './card-editor.tsx';
import { CardTags } from './card-tags.tsx';
import { FailureNote } from './failure-note.tsx';
import { Empty } from './layout.tsx';
import { Loaded } from './loaded.tsx';
import { Markdown } from './markdown.tsx';

/** The README of the newest version; those who may read it can change it, or have it started; who may not write proposes that. */
export function RepositoryCard({ repository }: { repository: Repository }) {
  const { kind, path, head, access, tags } = repository;
  const [edited, edit] = useState<{ text: string; fresh: boolean } | undefined>();
  const card = useQuery(
    api.repositories.card.queryOptions({ input: { kind, ...splitPath(path) }, enabled: head !== undefined }),
  );
  const start = useMutation({
    mutationFn: () => hub.metadata.startCard({ kind, ...splitPath(path) }),
    onSuccess: ({ markdown }) => edit({ text: markdown, fresh: true }),
  });
  const addressOf = useCallback((file: string) => fileUrl(hubUrl, kind, path, 'main', file), [kind, path]);
  if (edited !== undefined)
    return (
      <CardEditor
        {...{ kind, path, head, addressOf }}
        {...edited}
        mayWrite={access.write}
        onClose={() => edit(undefined)}
      />
    );
  const missing = (
    <Empty title="No card yet">
      <p>A card says where it comes from, what it holds and what it should not be used for.</p>
      {access.read && head !== undefined && (
        <Button className="mt-4" look="primary" busy={start.isPending} onClick={() => start.mutate()}>
          {access.write ? 'Start a card' : 'Propose a card'}
        </Button>
      )}
      {access.write && head === undefined && <p className="mt-1">Add the files first.</p>}
      {start.error !== null && (
        <div className="mt-3 text-left">
          <FailureNote error={start.error} />
        </div>
      )}
    </Empty>
  );
  if (head === undefined) return missing;
  return (
    <Loaded query={card} lines={6}>
      {({ markdown }) =>
        markdown.trim() === '' ? (
          missing
        ) : (
          <div className="min-w-0 space-y-5">
            <div className="flex items-start justify-between gap-4">
              <CardTags kind={kind} tags={tags} />
              {access.read && (
                <Button
                  small
                  className="ml-auto shrink-0"
                  onClick={() => edit({ text: markdown, fresh: false })}
                >
                  {access.write ? 'Edit the card' : 'Propose a change'}
                </Button>
              )}
            </div>
            <Markdown text={markdown} addressOf={addressOf} />
          </div>
        )
      }
    </Loaded>
  );
}
