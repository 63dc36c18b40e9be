import { useState } from 'react';
import type { Snippet } from '../lib/snippets.ts';
import { Button } from './button.tsx';
import { CodeBlock } from './code-block.tsx';

/** The same call in several languages. */
export function Snippets({ snippets }: { snippets: readonly Snippet[] }) {
  const [language, setLanguage] = useState(snippets[0]?.language);
  const shown = snippets.find((one) => one.language === language);
  return (
    <div className="min-w-0 space-y-2">
      <div role="group" aria-label="Language" className="flex gap-1">
        {snippets.map((one) => (
          <Button
            key={one.language}
            small
            look={one.language === language ? 'plain' : 'quiet'}
            aria-pressed={one.language === language}
            onClick={() => setLanguage(one.language)}
          >
            {one.language}
          </Button>
        ))}
      </div>
      {shown !== undefined && <CodeBlock label="From your own program" code={shown.code} />}
    </div>
  );
}
