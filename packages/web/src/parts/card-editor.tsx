import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { api, hub } from '../lib/api.ts';
import { commitCard, rangeOfLine } from '../lib/card.ts';
import { hubErrorOf } from '../lib/failure.ts';
import { splitPath } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { CardProblems } from './card-problems.tsx';
import { FailureNote } from './failure-note.tsx';
import { TextField } from './field.tsx';
import { Markdown } from './markdown.tsx';
import { ProposeChoice } from './propose-choice.tsx';

interface Props {
  kind: 'dataset' | 'model';
  path: string;
  /** The version that the text comes from; none when the repository is empty. */
  head: string | undefined;
  text: string;
  /** Whether it was there before, or was just started. */
  fresh: boolean;
  /** Who may not write here proposes the change in a pull request. */
  mayWrite: boolean;
  addressOf: (file: string) => string;
  onClose: () => void;
}

/** The card as text beside the card as it will look; what is wrong with its head is told at its line. */
export function CardEditor({ kind, path, head, text, fresh, mayWrite, addressOf, onClose }: Props) {
  const [markdown, setMarkdown] = useState(text);
  const [message, setMessage] = useState(fresh ? 'Start the card' : 'Edit the card');
  const [parent, setParent] = useState(head);
  const [propose, setPropose] = useState(!mayWrite);
  const navigate = useNavigate();
  const [side, setSide] = useState<'write' | 'look'>('write');
  const area = useRef<HTMLTextAreaElement>(null);
  const queries = useQueryClient();
  const settled = useSettled(markdown);
  const check = useQuery(
    api.metadata.checkCard.queryOptions({
      input: { kind, markdown: settled },
      placeholderData: (previous) => previous,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  );
  const commit = useMutation({
    mutationFn: (onto: string | undefined) =>
      commitCard({ kind, path }, { markdown, message, parent: onto, pullRequest: propose }),
    onSuccess: async (number) => {
      await queries.invalidateQueries();
      onClose();
      if (number !== undefined) await navigate({ to: '.', search: { tab: 'discussions', number } });
    },
  });
  const newest = useMutation({
    mutationFn: async (keep: boolean) => {
      const at = { kind, ...splitPath(path) };
      const [now, theirs] = [await hub.repositories.get(at), await hub.repositories.card(at)];
      setParent(now.head);
      if (!keep) setMarkdown(theirs.markdown);
      commit.reset();
      if (keep) commit.mutate(now.head);
    },
  });
  const changed = fresh || markdown !== text;
  useLeaveWarning(changed && !commit.isSuccess);
  const goTo = (line: number) => {
    setSide('write');
    const element = area.current;
    if (!element) return;
    const [start, end] = rangeOfLine(markdown, line);
    element.focus();
    element.setSelectionRange(start, end);
    element.scrollTop = Math.max(0, (line - 4) * Number.parseFloat(getComputedStyle(element).lineHeight));
  };
  const conflict = hubErrorOf(commit.error)?.code === 'CONFLICT';
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!commit.isPending) commit.mutate(parent);
      }}
    >
      <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line pb-2">
        <h2 className="text-xl font-semibold">
          {fresh ? 'A first card' : mayWrite ? 'Edit the card' : 'Propose a change of the card'}
        </h2>
        <div role="group" aria-label="What to show" className="flex gap-1 lg:hidden">
          {(['write', 'look'] as const).map((one) => (
            <Button key={one} small look="quiet" aria-pressed={side === one} onClick={() => setSide(one)}>
              {one === 'write' ? 'Write' : 'Look'}
            </Button>
          ))}
        </div>
      </div>
      {fresh && (
        <p className="text-sm text-muted">
          What the hub knows is filled in. What only you know is asked in <em>italics</em>: answer it, or take
          it out. Nothing is saved before you commit.
        </p>
      )}
      <div className="grid gap-5 lg:grid-cols-2">
        <div className={`min-w-0 space-y-2 ${side === 'look' ? 'hidden lg:block' : ''}`}>
          <label className="sr-only" htmlFor="card-text">
            README.md
          </label>
          <textarea
            id="card-text"
            ref={area}
            value={markdown}
            onChange={(event) => setMarkdown(event.target.value)}
            spellCheck
            className="box h-[32rem] resize-y font-mono text-[0.8rem] leading-relaxed"
          />
          <CardProblems check={check.data} goTo={goTo} />
        </div>
        <div
          className={`min-w-0 overflow-y-auto rounded-md border border-line bg-surface p-4 sm:p-5 lg:h-[32rem] ${
            side === 'write' ? 'hidden lg:block' : ''
          }`}
        >
          <Markdown text={settled} addressOf={addressOf} />
        </div>
      </div>
      {commit.error !== null && <FailureNote error={commit.error} />}
      {conflict && (
        <div className="flex flex-wrap gap-2">
          <Button small busy={newest.isPending} onClick={() => newest.mutate(true)}>
            Commit mine on top of the newest
          </Button>
          <Button small busy={newest.isPending} onClick={() => newest.mutate(false)}>
            Drop mine, edit the newest
          </Button>
        </div>
      )}
      {newest.error !== null && <FailureNote error={newest.error} />}
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-0 flex-auto basis-64">
          <TextField
            label="What you changed, in a few words"
            value={message}
            onChange={setMessage}
            required
          />
        </div>
        <Button type="submit" look="primary" busy={commit.isPending} disabled={!changed}>
          {propose ? 'Open a pull request' : 'Commit'}
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
      <ProposeChoice {...{ mayWrite, propose, setPropose }} />
    </form>
  );
}

/** A text once nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function useLeaveWarning(unsaved: boolean): void {
  useEffect(() => {
    if (!unsaved) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [unsaved]);
}
