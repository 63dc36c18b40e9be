import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { api } from '../lib/api.ts';
import { plural } from '../lib/format.ts';
import { Button } from '../parts/button.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Empty, Page } from '../parts/layout.tsx';
import { LedgerTable } from '../parts/ledger-table.tsx';
import { Loading } from '../parts/loaded.tsx';
import { ShowMore } from '../parts/show-more.tsx';

/** The append-only record of who did what, and the proof that nobody rewrote it. */
export function LedgerPage() {
  const { namespace } = useSearch({ from: '/ledger' });
  const pages = useInfiniteQuery(
    api.ledger.list.infiniteOptions({
      input: (cursor: string | undefined) => ({
        limit: 100,
        ...(namespace === undefined ? {} : { namespace }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.nextCursor,
    }),
  );
  const entries = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title="Ledger"
      above={namespace}
      lead="Every act that matters is written here once and never changed. Each line's seal covers the line and the seal before it."
    >
      <Verification />
      {pages.error !== null && <FailureNote error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading />}
      {pages.isSuccess && entries.length === 0 && <Empty title="Nothing is written here yet" />}
      {entries.length > 0 && <LedgerTable entries={entries} />}
      <ShowMore query={pages}>Show older lines</ShowMore>
    </Page>
  );
}

function Verification() {
  const verify = useQuery(api.ledger.verify.queryOptions({ enabled: false, staleTime: 0 }));
  return (
    <div className="flex flex-wrap items-center gap-4">
      <Button look="primary" busy={verify.isFetching} onClick={() => void verify.refetch()}>
        Verify the seals
      </Button>
      <p role="status" className="text-sm">
        {verify.data !== undefined &&
          (verify.data.intact ? (
            <span className="text-accent">
              Intact: all {plural(verify.data.entries, 'seal')} recomputed and found right.
            </span>
          ) : (
            <span className="text-danger">
              Broken at line {verify.data.firstBroken}: it or the line before was changed after it was
              written.
            </span>
          ))}
      </p>
      {verify.error !== null && <FailureNote error={verify.error} />}
    </div>
  );
}
