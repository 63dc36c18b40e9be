import { useMemo } from 'react';
import { mathematics } from '../lib/mathematics.ts';

/** A formula on a line of its own, wide ones scroll. */
export function Formula({ latex }: { latex: string }) {
  const html = useMemo(() => mathematics(latex, true), [latex]);
  // KaTeX escapes what it is given, and trusts no command that could fetch or link.
  // oxlint-disable-next-line react/no-danger
  return <div className="overflow-x-auto py-1 text-lg" dangerouslySetInnerHTML={{ __html: html }} />;
}
