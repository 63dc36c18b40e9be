import { Readable } from 'node:stream';
import { HubError } from '@banyan/contract';
import type { Context } from '../../context.ts';
import type { RepositoryRow } from '../../policy.ts';
import { refsOf } from '../../repositories/refs.ts';
import { mainBranch } from '../../repositories/versions.ts';
import { type FetchRequest, known, planFetch, readFetch } from './fetch.ts';
import { type History, readGitHistory } from './history.ts';
import { countObjects, type Parcel, packOf } from './pack.ts';
import { delimiter, flush, inBand, line, readLines } from './pkt-line.ts';

/** What this hub can do, before anything is asked. https://git-scm.com/docs/protocol-v2 */
export const capabilities = Buffer.concat([
  ...['version 2', 'agent=banyan', 'ls-refs', 'fetch=shallow', 'object-format=sha1'].map((one) => line(one)),
  flush,
]);

/** Answers one command of Git's protocol, version 2. Throws BAD_INPUT. */
export async function answerCommand(
  ctx: Context,
  repository: RepositoryRow,
  body: Buffer,
): Promise<Buffer | Readable> {
  const lines = readLines(body);
  const command = lines.find((one) => one?.startsWith('command='));
  const wishes = lines.slice(lines.indexOf(undefined) + 1);
  if (command !== 'command=ls-refs' && command !== 'command=fetch')
    throw new HubError('BAD_INPUT', 'This hub answers ls-refs and fetch.');
  const named = await namesOf(ctx, repository);
  const history = await readGitHistory(
    ctx,
    repository.id,
    named.map(({ commit }) => commit),
  );
  if (command === 'command=ls-refs') return listRefs(named, history, wishes);
  return answerFetch(ctx, repository, { history, request: readFetch(wishes) });
}

interface Named {
  ref: string;
  commit: string;
}

/** Branches, tags and pull requests. What the hub converted is no work of anybody's. */
async function namesOf(ctx: Context, repository: RepositoryRow): Promise<Named[]> {
  const refs = await refsOf(ctx.db, repository.id);
  const prefix = { branch: 'refs/heads/', tag: 'refs/tags/', pull: '' } as const;
  return refs.flatMap(({ kind, name, commit }) =>
    kind === 'convert' ? [] : [{ ref: `${prefix[kind]}${name}`, commit }],
  );
}

function listRefs(
  named: readonly Named[],
  { oids }: History,
  wishes: readonly (string | undefined)[],
): Buffer {
  const prefixes = wishes.flatMap((one) => (one?.startsWith('ref-prefix ') ? [one.slice(11)] : []));
  const wanted = (ref: string) => prefixes.length === 0 || prefixes.some((prefix) => ref.startsWith(prefix));
  const oidOf = (commit: string) => oids.get(commit) ?? '';
  const main = named.find(({ ref }) => ref === `refs/heads/${mainBranch}`);
  const target = wishes.includes('symrefs') ? ` symref-target:refs/heads/${mainBranch}` : '';
  return Buffer.concat([
    ...(main && wanted('HEAD') ? [line(`${oidOf(main.commit)} HEAD${target}`)] : []),
    ...named.filter(({ ref }) => wanted(ref)).map(({ ref, commit }) => line(`${oidOf(commit)} ${ref}`)),
    flush,
  ]);
}

async function answerFetch(
  ctx: Context,
  repository: RepositoryRow,
  { history, request }: { history: History; request: FetchRequest },
): Promise<Buffer | Readable> {
  const plan = planFetch(history, request);
  const head: Buffer[] = [];
  if (!request.done) {
    const common = request.haves.filter((oid) => known(history.ids, [oid]).length > 0);
    head.push(line('acknowledgments'), ...common.map((oid) => line(`ACK ${oid}`)));
    if (common.length === 0) return Buffer.concat([...head, line('NAK'), flush]);
    head.push(line('ready'), delimiter);
  }
  if (request.depth !== undefined)
    head.push(
      line('shallow-info'),
      ...plan.shallow.map((oid) => line(`shallow ${oid}`)),
      ...plan.unshallow.map((oid) => line(`unshallow ${oid}`)),
      delimiter,
    );
  const send = [...history.versions.values()].filter(({ id }) => plan.send.has(id));
  const parcel = { repository: repository.id, history, send, had: plan.had };
  const count = await countObjects(ctx, parcel);
  return Readable.from(answer(ctx, { head, parcel, count, quiet: request.quiet }), { objectMode: false });
}

async function* answer(
  ctx: Context,
  { head, parcel, count, quiet }: { head: Buffer[]; parcel: Parcel; count: number; quiet: boolean },
): AsyncGenerator<Buffer> {
  yield Buffer.concat([...head, line('packfile')]);
  if (!quiet) yield* inBand(2, Buffer.from(`${count} objects of ${parcel.send.length} versions\n`));
  for await (const bytes of packOf(ctx, parcel, count)) yield* inBand(1, bytes);
  yield flush;
}
