import type { RepositoryKind } from '@banyan/contract';
import {
  buildShard,
  type ChunkPlace,
  giveBack,
  parseKnownAnswer,
  type ShardFile,
  writeKnownRequest,
  type XetHash,
} from '@banyan/contract/xet';
import { defined } from '../defined.ts';
import type { Session } from '../session.ts';
import { exchange, readWhole } from './http.ts';
import { withRetries } from './retries.ts';

export interface XetClient {
  /** Where the hub has each of these chunks; undefined for one that it lacks, or has for others only. */
  findChunks(hashes: readonly XetHash[]): Promise<(ChunkPlace | undefined)[]>;
  /** Sends a xorb, given as the packed chunks one after the other. Their memory is given back then: they are empty. */
  sendXorb(hash: XetHash, body: readonly Uint8Array[]): Promise<void>;
  /** Makes files of chunks that the hub has; they may be committed by their sha256 then. */
  registerFiles(files: ShardFile[]): Promise<void>;
}

/** A token is renewed when it has less than this left. */
const marginMs = 120_000;
/** The hub reads a large file as a whole before it answers that it has it. */
const idleMs = 30 * 60_000;
const answerBytes = 16 << 20;

/** Speaks to the hub's `/xet` for one repository; every call is repeated while its failure may pass. */
export function openXet(
  { url, hub }: Session,
  at: { kind: RepositoryKind; namespace: string; name: string; pullRequest?: boolean },
  signal: AbortSignal,
): XetClient {
  // Where we reach the hub ourselves: its public address may be another, behind a tunnel say.
  const root = `${url.replace(/\/+$/, '')}/xet/v1`;
  let token: Promise<{ accessToken: string; untilMs: number }> | undefined;
  const freshToken = async (): Promise<string> => {
    token ??= hub.uploads
      .xetToken(at)
      .then(({ accessToken, exp }) => ({ accessToken, untilMs: exp * 1000 - marginMs }));
    try {
      const { accessToken, untilMs } = await token;
      if (Date.now() < untilMs) return accessToken;
    } catch (error) {
      token = undefined;
      throw error;
    }
    token = undefined;
    return freshToken();
  };
  const post = (path: string, body: readonly Uint8Array[], onLeft?: () => void): Promise<Uint8Array> =>
    withRetries(
      async () => {
        const token = await freshToken();
        const answer = await exchange({
          method: 'POST',
          address: `${root}${path}`,
          token,
          body,
          ...defined({ onLeft }),
          signal,
          idleMs,
        });
        return readWhole(answer, answerBytes);
      },
      { signal },
    );

  return {
    async findChunks(hashes) {
      const answer = await post('/chunks/known', [writeKnownRequest(hashes)]);
      return parseKnownAnswer(answer, hashes.length);
    },
    async sendXorb(hash, body) {
      let left = false;
      await post(`/xorbs/default/${hash}`, body, () => {
        left = true;
      });
      if (left) for (const part of body) giveBack(part);
    },
    async registerFiles(files) {
      await post('/shards', [buildShard({ files, xorbs: [] })]);
    },
  };
}
