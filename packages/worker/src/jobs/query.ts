import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, JobPayload } from '@banyan/contract';
import type { Work } from '../assignment.ts';
import { JobError } from '../failure.ts';

type QueryPayload = Extract<JobPayload, { kind: 'query' }>;

/** What a query's process is told; paths are on this machine. */
export type ToQuery = Pick<QueryPayload, 'tables' | 'question' | 'limits'> & { scratch: string };
/** What it says, once. */
export type FromQuery =
  | { answer: Answer }
  | { refused: { code: string; message: string } }
  | { failed: string };

/** The process ends itself within its limits; this is for one that does not. */
const graceMs = 5000;

/** Answers a question about a dataset version, in a process of its own. */
export const queryJob: Work<'query'> = async ({ payload, folder, dataset = '' }, _report, signal) => {
  const { question, limits } = payload;
  const tables = payload.tables.map((table) => ({
    ...table,
    files: table.files.map((file) => ({ ...file, path: join(dataset, file.path) })),
  }));
  const said = await ask({ tables, question, limits, scratch: folder }, signal);
  if ('answer' in said) return { result: { kind: 'query', answer: said.answer }, files: [] };
  if ('refused' in said) throw new JobError(`QUERY_${said.refused.code.toUpperCase()}`, said.refused.message);
  throw new JobError('QUERY_FAILED', withoutPaths(said.failed, folder));
};

const withoutPaths = (message: string, folder: string): string => message.replaceAll(folder, '');

async function ask(order: ToQuery, signal: AbortSignal): Promise<FromQuery> {
  const child = fork(join(import.meta.dirname, '../query-process.ts'), {
    execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=256'],
    // Nothing of the worker's environment: its token is there.
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(kill, order.limits.timeMs + graceMs);
  signal.addEventListener('abort', kill, { once: true });
  try {
    child.send(order);
    return await heard(child, order);
  } finally {
    signal.removeEventListener('abort', kill);
    clearTimeout(timer);
    kill();
  }
}

const heard = (child: ChildProcess, { limits }: ToQuery): Promise<FromQuery> =>
  new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as FromQuery));
    child.once('error', reject);
    child.once('exit', (code) =>
      resolve({
        refused: {
          code: 'memory',
          message: `The query ended with its process (${code ?? 'killed'}): it needs more than ${limits.memoryMb} MB of memory or ${limits.timeMs / 1000} s.`,
        },
      }),
    );
  });
