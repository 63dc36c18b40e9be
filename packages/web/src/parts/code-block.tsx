import { useState } from 'react';
import { copyText } from '../lib/clipboard.ts';
import { Button } from './button.tsx';

/** Text to take along, with a button that copies it. */
export function CodeBlock({ code, label, wrap = false }: { code: string; label: string; wrap?: boolean }) {
  const [copied, setCopied] = useState<'yes' | 'no' | undefined>();
  const copy = async () => {
    setCopied((await copyText(code)) ? 'yes' : 'no');
    setTimeout(() => setCopied(undefined), 2500);
  };
  return (
    <figure className="min-w-0">
      <figcaption className="flex items-center justify-between gap-3 rounded-t-md border border-line bg-surface py-1 pr-1 pl-3 text-xs text-muted">
        <span>{label}</span>
        <Button small look="quiet" onClick={() => void copy()} aria-label={`Copy: ${label}`}>
          {copied === 'yes' ? 'Copied' : copied === 'no' ? 'Select and copy by hand' : 'Copy'}
        </Button>
      </figcaption>
      <pre
        className={`overflow-x-auto rounded-b-md border border-t-0 border-line bg-sunken p-3 text-xs leading-relaxed ${
          wrap ? 'break-words whitespace-pre-wrap' : ''
        }`}
      >
        <code>{code}</code>
      </pre>
    </figure>
  );
}
