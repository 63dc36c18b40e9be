import text from '../../../../docs/textbook.md?raw';
import { renderTextbook } from '../lib/textbook.ts';
import { Page } from '../parts/layout.tsx';

const [, title = 'Textbook', body = ''] = /^# (.*)\n([\s\S]*)$/.exec(text) ?? [];
const html = renderTextbook(body);

/** docs/textbook.md, with its formulas drawn. */
export function TextbookPage() {
  return (
    <Page title={title}>
      {/* oxlint-disable-next-line react/no-danger -- a page of this repository's own, put in when the app is built */}
      <div className="prose" dangerouslySetInnerHTML={{ __html: html }} />
    </Page>
  );
}
