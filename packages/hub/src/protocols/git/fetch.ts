import { HubError } from '@banyan/contract';
import type { History } from './history.ts';

/** What a client of Git's asks for. Names are Git's. */
export interface FetchRequest {
  wants: string[];
  haves: string[];
  /** The client has negotiated enough: send. */
  done: boolean;
  quiet: boolean;
  /** Versions whose parents the client does not have. */
  shallow: string[];
  /** So many versions of each line and no more; `beyond` where the client's history ends, or from the newest on. */
  depth: { versions: number; beyond: boolean } | undefined;
}

export function readFetch(lines: readonly (string | undefined)[]): FetchRequest {
  const after = (word: string) =>
    lines.flatMap((one) => (one?.startsWith(`${word} `) ? [one.slice(word.length + 1)] : []));
  const [depth] = after('deepen');
  for (const word of ['deepen-since', 'deepen-not', 'filter'])
    if (after(word).length > 0) throw new HubError('BAD_INPUT', `This hub does not know Git's "${word}".`);
  return {
    wants: after('want'),
    haves: after('have'),
    done: lines.includes('done'),
    quiet: lines.includes('no-progress'),
    shallow: after('shallow'),
    depth:
      depth === undefined
        ? undefined
        : { versions: Math.max(1, Number(depth) || 1), beyond: lines.includes('deepen-relative') },
  };
}

/** What to send, by our ids; and where the client's history ends from now on, by Git's. */
export interface FetchPlan {
  send: Set<string>;
  had: Set<string>;
  shallow: string[];
  unshallow: string[];
}

/** Throws BAD_INPUT for a wish that no name leads to. */
export function planFetch(history: History, request: FetchRequest): FetchPlan {
  const { ids } = history;
  const cut = new Set(request.shallow.flatMap((oid) => ids.get(oid) ?? []));
  const had = reach(history, known(ids, request.haves), cut);
  const tips = request.wants.map((oid) => {
    const id = ids.get(oid);
    if (id === undefined) throw new HubError('BAD_INPUT', `No branch, tag or pull request leads to ${oid}.`);
    return id;
  });
  const { depth } = request;
  if (depth === undefined) {
    const send = reach(history, tips, cut);
    for (const id of had) send.delete(id);
    return { send, had, shallow: [], unshallow: [] };
  }
  const within = depth.beyond
    ? new Set([...reach(history, tips, cut), ...downTo(history, [...cut], depth.versions + 1)])
    : downTo(history, tips, depth.versions);
  const ends = endsOf(history, within);
  const oidOf = (id: string) => history.oids.get(id) ?? '';
  const send = new Set([...within].filter((id) => !had.has(id)));
  return {
    send,
    had,
    shallow: [...ends].map(oidOf),
    unshallow: [...cut].filter((id) => within.has(id) && !ends.has(id)).map(oidOf),
  };
}

/** Ours, of those that are here. */
export const known = (ids: History['ids'], oids: readonly string[]): string[] =>
  oids.flatMap((oid) => ids.get(oid) ?? []);

/** Versions and all before them, up to those where a client's history is cut. */
function reach({ versions }: History, from: readonly string[], cut: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const tip of from)
    for (let id: string | null = tip; id !== null && versions.has(id) && !found.has(id); ) {
      found.add(id);
      id = cut.has(id) ? null : (versions.get(id)?.parent ?? null);
    }
  return found;
}

/** Versions and those before them, so many deep. */
function downTo({ versions }: History, tips: readonly string[], depth: number): Set<string> {
  const depths = new Map<string, number>();
  for (const tip of tips)
    for (let [id, at]: [string | null, number] = [tip, 1]; id !== null && at <= depth; at += 1) {
      const version = versions.get(id);
      if (!version || (depths.get(id) ?? Number.POSITIVE_INFINITY) <= at) break;
      depths.set(id, at);
      id = version.parent;
    }
  return new Set(depths.keys());
}

/** Of some versions, those whose parent is there and not among them. */
const endsOf = ({ versions }: History, within: ReadonlySet<string>): Set<string> =>
  new Set(
    [...within].filter((id) => {
      const parent = versions.get(id)?.parent ?? null;
      return parent !== null && versions.has(parent) && !within.has(parent);
    }),
  );
