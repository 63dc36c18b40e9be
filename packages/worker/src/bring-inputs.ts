import { join } from 'node:path';
import type { JobInput, JobPayload } from '@banyan/contract';
import type { Crew, Lease } from './crew.ts';
import type { InputCache } from './inputs.ts';
import { persist } from './retry.ts';

/** A job's inputs on this machine, and what the job is, now with all files of its inputs. */
export interface Brought {
  payload: JobPayload;
  dataset?: string;
  model?: string;
  joins?: string[];
  checkpoint?: string;
}

/** Brings a job's inputs, and the checkpoint to go on from, into its folder. */
export async function bringInputs(
  crew: Crew,
  cache: InputCache,
  lease: Lease,
  folder: string,
  signal: AbortSignal,
): Promise<Brought> {
  const bring = (input: JobInput, target: string) => bringInput(crew, cache, lease, input, target, signal);
  let { payload } = lease;
  const brought: Omit<Brought, 'payload'> = {};
  if ('dataset' in payload) {
    brought.dataset = join(folder, 'dataset');
    payload = { ...payload, dataset: await bring(payload.dataset, brought.dataset) };
  }
  if ('model' in payload) {
    brought.model = join(folder, 'model');
    payload = { ...payload, model: await bring(payload.model, brought.model) };
  }
  if (payload.kind === 'prepare' && payload.joins !== undefined && payload.joins.length > 0) {
    const joins: JobInput[] = [];
    brought.joins = payload.joins.map((_, place) => join(folder, `join-${place}`));
    for (const [place, input] of payload.joins.entries())
      joins.push(await bring(input, brought.joins[place]!));
    payload = { ...payload, joins };
  }
  if (payload.kind === 'train' && payload.checkpoint !== undefined) {
    await cache.fetchInto(folder, [{ ...payload.checkpoint, path: 'checkpoint.bin' }], signal);
    brought.checkpoint = join(folder, 'checkpoint.bin');
  }
  return { payload, ...brought };
}

/** Of very many files the lease tells the first; the others are asked for, a page at a time, as those before are there. */
async function bringInput(
  { hub }: Crew,
  cache: InputCache,
  { id, leaseToken }: Lease,
  input: JobInput,
  target: string,
  signal: AbortSignal,
): Promise<JobInput> {
  const { kind, path, commit } = input;
  const files: JobInput['files'] = [];
  let page: Pick<JobInput, 'files' | 'after'> = input;
  for (;;) {
    await cache.fetchInto(target, page.files, signal);
    // The addresses have served, and of half a million files they are most of what there is to hold.
    for (const file of page.files) files.push({ ...file, url: '' });
    const { after } = page;
    if (after === undefined) return { kind, path, commit, files };
    page = await persist(() => hub.worker.files({ id, leaseToken, path, commit, after }, { signal }), {
      signal,
    });
  }
}
