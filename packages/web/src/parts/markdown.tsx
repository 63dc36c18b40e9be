import { useMemo } from 'react';
import { renderMarkdown } from '../lib/markdown.ts';

export function Markdown({ text, addressOf }: { text: string; addressOf?: (file: string) => string }) {
  const html = useMemo(() => renderMarkdown(text, addressOf), [text, addressOf]);
  // renderMarkdown escapes raw HTML and refuses dangerous addresses; markdown.test.ts attacks it.
  // oxlint-disable-next-line react/no-danger
  return <div className="prose" dangerouslySetInnerHTML={{ __html: html }} />;
}
