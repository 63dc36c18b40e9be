import { createHubClient } from '@banyan/contract';
import { createTanstackQueryUtils } from '@orpc/tanstack-query';
import { QueryClient } from '@tanstack/react-query';
import { hubErrorOf } from './failure.ts';

/** The hub at this page's own address; the session cookie says who is asking. */
export const hubUrl = window.location.origin;
export const hub = createHubClient({ url: hubUrl });

/** Query and mutation options for every route: `api.runs.get.queryOptions({ input: { id } })`. */
export const api = createTanstackQueryUtils(hub);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal stays a refusal however often one asks; only a hub that is away is worth asking again.
      retry: (count, error) => count < 2 && (hubErrorOf(error)?.status ?? 503) >= 502,
    },
  },
});
