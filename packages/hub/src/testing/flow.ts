import { createHash } from 'node:crypto';
import {
  type AlgorithmInfo,
  asHubError,
  type HubApi,
  type JobKind,
  type JobPayload,
  jobKinds,
  refuse,
  uploadBlob,
} from '@banyan/contract';
import { z } from 'zod';
import type { TestHub, TestPerson } from '../testing.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Commits texts to a repository; makes it first when it is new. */
export async function push(
  hub: TestHub,
  { api, token }: TestPerson,
  path: string,
  files: Record<string, string>,
  options: { kind?: 'dataset' | 'model'; visibility?: 'public' | 'gated' | 'private' } = {},
) {
  const { kind = 'dataset', visibility = 'private' } = options;
  const [namespace = '', name = ''] = path.split('/');
  await api.repositories.create({ kind, namespace, name, visibility }).catch((error: unknown) => {
    if (asHubError(error).code !== 'ALREADY_EXISTS') throw error;
  });
  const operations = [];
  for (const [file, text] of Object.entries(files)) {
    const stored = await uploadBlob({ url: hub.url, token }, new TextEncoder().encode(text));
    operations.push({ op: 'add' as const, path: file, sha256: stored.sha256 });
  }
  return api.repositories.commit({ kind, namespace, name, message: 'test', operations });
}

/** The files of a prepared dataset, as far as the hub looks at them. */
export const prepared = { 'fitted.json': '{}', 'train.parquet': 'train', 'test.parquet': 'test' };

const config = z.object({
  hidden: z.number().int().min(1).max(100).default(8),
  rate: z.number().gt(0).default(0.1),
});

export const algorithm = (name: string, more: Partial<AlgorithmInfo> = {}): AlgorithmInfo => ({
  name,
  title: name,
  summary: 'for tests',
  formula: 'y = x',
  symbols: {},
  paper: { title: 'None', authors: 'Nobody', year: 2000 },
  tasks: ['classification'],
  kinds: ['tabular'],
  baseline: false,
  metrics: ['accuracy', 'log_loss'],
  config: JSON.parse(JSON.stringify(z.toJSONSchema(config, { io: 'input' }))),
  ...more,
});

export const catalogue = [algorithm('mlp'), algorithm('linear'), algorithm('majority', { baseline: true })];

export interface TestLease {
  id: string;
  leaseToken: string;
  payload: JobPayload;
  attempt: number;
}

/** A worker's side of the protocol over real HTTP; what it computes is the test's affair. */
export interface TestWorker {
  id: string;
  token: string;
  site: string;
  api: HubApi;
  lease(kinds?: readonly JobKind[], waitMs?: number): Promise<TestLease | undefined>;
  /** Uploads a text as a job's output. */
  put(lease: TestLease, text: string, announced?: string): Promise<string>;
}

/** Joins a worker at a site, `local` by default, with a token of that site. */
export async function joinWorker(
  hub: TestHub,
  options: { site?: string; by?: TestPerson; kinds?: JobKind[]; catalogue?: AlgorithmInfo[] } = {},
): Promise<TestWorker> {
  const { site = 'local', by = await hub.owner(), kinds = [...jobKinds] } = options;
  const { token } = await by.api.sites.createToken({ name: site });
  const api = hub.client(token);
  const { worker: id } = await api.worker.register({
    name: 'test',
    version: '0',
    host: { os: 'linux', cpu: 'test', cores: 1, memoryBytes: 1 },
    kinds,
    slots: 1,
    catalogue: options.catalogue ?? catalogue,
  });
  return {
    id,
    token,
    site,
    api,
    async lease(wanted = kinds, waitMs = 0) {
      return (await api.worker.lease({ worker: id, kinds: [...wanted], waitMs })).lease;
    },
    async put({ id: job, leaseToken }, text, announced = sha256(text)) {
      const response = await fetch(`${hub.url}/api/jobs/${job}/blobs/${announced}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'x-lease-token': leaseToken },
        body: text,
      });
      await refuse(response);
      return announced;
    },
  };
}

export const evaluation = (metric: string, value: number, spread = 0.01) => ({
  metrics: { [metric]: { value, low: value - spread, high: value + spread } },
  rows: 100,
});
