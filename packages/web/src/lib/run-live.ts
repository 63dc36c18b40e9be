import type { LogLine, Run } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, hub, queryClient } from './api.ts';
import { mergePoints, type Series } from './series.ts';

const logLimit = 2000;
const ended = new Set(['succeeded', 'failed', 'cancelled']);

export interface LiveRun {
  run: ReturnType<typeof useQuery<Run, Error>>;
  series: readonly Series[];
  logs: readonly LogLine[];
  /** Whether events arrive right now. */
  connected: boolean;
}

/**
 * A run with its curves and log, kept true by server-sent events until it ends. Every (re)connection reads everything
 * once more, since what happened while nobody listened is not sent again.
 */
export function useLiveRun(id: string): LiveRun {
  const run = useQuery(api.runs.get.queryOptions({ input: { id } }));
  const [series, setSeries] = useState<readonly Series[]>([]);
  const [logs, setLogs] = useState<readonly LogLine[]>([]);
  const [connected, setConnected] = useState(false);
  const known = run.data !== undefined;

  useEffect(() => {
    if (!known) return undefined;
    const stop = new AbortController();
    const runKey = api.runs.get.queryKey({ input: { id } });
    const readAll = async () => {
      const [metrics, lines] = await Promise.all([
        hub.runs.metrics({ id, points: 2000 }, { signal: stop.signal }),
        hub.runs.logs({ id }, { signal: stop.signal }),
      ]);
      setSeries(metrics);
      setLogs(lines);
    };
    const follow = async () => {
      const events = await hub.runs.watch({ id }, { signal: stop.signal });
      await readAll();
      setConnected(true);
      for await (const event of events) {
        if (event.kind === 'run') queryClient.setQueryData(runKey, event.run);
        if (event.kind === 'points') setSeries((old) => mergePoints(old, event.points));
        if (event.kind === 'logs') setLogs((old) => [...old, ...event.lines].slice(-logLimit));
      }
    };
    const live = async () => {
      for (let waitMs = 1000; !stop.signal.aborted; waitMs = Math.min(waitMs * 2, 15_000)) {
        try {
          const state = queryClient.getQueryData<Run>(runKey)?.state ?? 'queued';
          if (ended.has(state)) return await readAll();
          await follow();
          waitMs = 1000;
        } catch {
          // A broken connection: said by `connected`, mended by the next turn.
        } finally {
          setConnected(false);
        }
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        await queryClient.refetchQueries({ queryKey: runKey });
      }
    };
    void live();
    return () => stop.abort();
  }, [id, known]);

  return { run, series, logs, connected };
}
