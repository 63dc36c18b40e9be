import type { Repository } from '@banyan/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { hub } from '../lib/api.ts';
import { splitPath } from '../lib/repository.ts';
import { Button } from './button.tsx';
import { CommentBox } from './comment-box.tsx';
import { TextField } from './field.tsx';
import { Form } from './form.tsx';
import { Panel } from './layout.tsx';

/** A question or a proposal, in Markdown. */
export function NewDiscussion({ repository, onClose }: { repository: Repository; onClose: () => void }) {
  const [title, setTitle] = useState('');
  const [markdown, setMarkdown] = useState('');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const open = useMutation({
    mutationFn: () =>
      hub.discussions.open({ kind: repository.kind, ...splitPath(repository.path), title, markdown }),
    onSuccess: async ({ number }) => {
      await queries.invalidateQueries();
      await navigate({ to: '.', search: { tab: 'discussions', number } });
    },
  });
  return (
    <Panel>
      <Form onSubmit={() => open.mutate()} busy={open.isPending} error={open.error} submit="Start it">
        <TextField label="Title" value={title} onChange={setTitle} required />
        <CommentBox label="What is it about?" value={markdown} onChange={setMarkdown} />
      </Form>
      <Button small look="quiet" className="mt-3" onClick={onClose}>
        Not now
      </Button>
    </Panel>
  );
}
