import { useState } from 'react';
import { Button } from './button.tsx';
import { TextField } from './field.tsx';
import { Markdown } from './markdown.tsx';

/** Markdown to write, and how it will look. */
export function CommentBox({
  label,
  value,
  onChange,
  autoFocus = false,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoFocus?: boolean;
}) {
  const [looking, look] = useState(false);
  return (
    <div className="space-y-2">
      {looking ? (
        <div className="min-h-24 rounded-md border border-line bg-surface p-3">
          <Markdown text={value} />
        </div>
      ) : (
        <TextField {...{ label, value, onChange, autoFocus }} rows={5} help="Markdown" />
      )}
      <Button small look="quiet" onClick={() => look(!looking)} disabled={value.trim() === ''}>
        {looking ? 'Write on' : 'See how it looks'}
      </Button>
    </div>
  );
}
