import { useMemo } from 'react';
import { renderMarkdown } from '../lib/markdown.ts';

export function Markdown({ text }: { text: string }) {
  const html = useMemo(() => renderMarkdown(text), [text]);
  // renderMarkdown escapes raw HTML and refuses dangerous addresses; markdown.test.ts attacks it.
  // oxlint-disable-next-line react/no-danger
  return <div className="prose" dangerouslySetInnerHTML={{ __html: html }} />;
}
