import type { JobPayload, JobResult, LogLine, Point, Progress } from '@banyan/contract';
import type { Failure } from './failure.ts';
import type { OutputFile } from './outputs.ts';

/** What a job's thread is given: everything on local disk. */
export interface Assignment<K extends JobPayload['kind'] = JobPayload['kind']> {
  payload: Extract<JobPayload, { kind: K }>;
  /** The job's own folder; removed when it ends. */
  folder: string;
  /** Folders with the files of the job's inputs. */
  dataset?: string;
  model?: string;
  /** Of the datasets that a recipe joins, in the payload's order. */
  joins?: string[];
  /** The checkpoint to go on from. */
  checkpoint?: string;
  /** Where an attempt leaves to the next what it has done; see `openKept`. */
  kept?: string;
  /** From 1. */
  attempt: number;
  threads: number;
  /** How a serving job reaches the hub's gateway. */
  tunnel: { url: string; job: string; token: string; leaseToken: string };
}

/** What a job tells as it goes. */
export type Report =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'points'; points: Point[] }
  | { kind: 'log'; level: LogLine['level']; message: string }
  | { kind: 'checkpoint'; step: number; bytes: Uint8Array<ArrayBuffer> };

/** What a job ends with; the files are uploaded and put into `result.files` by the main thread. */
export interface Outcome {
  result: JobResult;
  files: OutputFile[];
}

/** A job's computation: knows folders, not the hub. Throws to fail; `signal` aborts when it should end early. */
export type Work<K extends JobPayload['kind'] = JobPayload['kind']> = (
  assignment: Assignment<K>,
  report: (report: Report) => void,
  signal: AbortSignal,
) => Promise<Outcome>;

export type FromThread = Report | { kind: 'done'; outcome: Outcome } | { kind: 'failed'; failure: Failure };
