import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { physicalCores } from './physical-cores.ts';

/** How this worker was asked to run, from its environment. */
export interface WorkerSettings {
  /** The hub's address. */
  url: string;
  token: string;
  /** Absent: the site that the token belongs to. */
  site?: string;
  name: string;
  /** Cached inputs and the folders of running jobs. */
  home: string;
  /** Jobs at once, deployments included. */
  slots: number;
  /** Threads of the numeric kernels. */
  threads: number;
  /** Inputs kept for later jobs; the least recently used go first. */
  cacheBytes: number;
}

/** Says which setting is wrong; shown to the person who started the worker as it is. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Kernels of the sizes that are trained on a CPU gain little from more. */
const MOST_THREADS = 8;

type Environment = Record<string, string | undefined>;

export function readSettings(environment: Environment): WorkerSettings {
  const site = environment['BANYAN_WORKER_SITE'];
  const name = environment['BANYAN_WORKER_NAME'] ?? `${hostname()}-${process.pid}`;
  return {
    url: hubUrl(required(environment, 'BANYAN_WORKER_URL')),
    token: required(environment, 'BANYAN_WORKER_TOKEN'),
    ...(site === undefined ? {} : { site }),
    name: name.slice(0, 120),
    home: environment['BANYAN_WORKER_HOME'] ?? defaultHome(environment),
    slots: whole(environment, 'BANYAN_WORKER_SLOTS', 10, 64),
    // From three threads on sums may be taken in another order: a run tells the number it was computed with, and one
    // that should go on to the same bits on another machine needs the same number there.
    threads: whole(environment, 'BANYAN_WORKER_THREADS', Math.min(MOST_THREADS, physicalCores()), 256),
    cacheBytes: whole(environment, 'BANYAN_WORKER_CACHE_GIB', 20, 1_000_000) * 2 ** 30,
  };
}

function hubUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new SettingsError(`"${text}" is not a hub's address. Write it as http://127.0.0.1:8686.`);
  return text.replace(/\/+$/, '');
}

function required(environment: Environment, key: string): string {
  const value = environment[key];
  if (value === undefined || value === '') throw new SettingsError(`${key} is not set.`);
  return value;
}

function whole(environment: Environment, key: string, otherwise: number, most: number): number {
  const text = environment[key];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new SettingsError(`${key} is "${text}": write a whole number from 1 to ${most}.`);
  return value;
}

const defaultHome = (environment: Environment): string =>
  join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'banyan', 'worker');
