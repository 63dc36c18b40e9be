import { homedir } from 'node:os';
import path from 'node:path';

export interface Config {
  host: string;
  port: number;
  /** Where the hub keeps its database, blobs and lock. */
  home: string;
  /** The address by which people reach the hub, without a slash at the end. */
  publicUrl: string;
  /** An S3 bucket for the blobs, in place of a folder in `home`. */
  blobs: S3Place | undefined;
  /** A PostgreSQL server to use in place of the embedded one. */
  databaseUrl: string | undefined;
  localWorker: boolean;
  /** How long a worker may be silent before its job goes to another. */
  leaseSeconds: number;
  /** How long bytes that nothing refers to are kept. */
  garbageHours: number;
  /** Whether people who are not signed in may list and read what is public. */
  anonymousRead: boolean;
  version: string;
}

/** Where in S3 blobs lie; keys and region come from the usual AWS variables, which the AWS SDK reads itself. */
export interface S3Place {
  bucket: string;
  /** Empty, or ends with a slash. */
  prefix: string;
  /** Of another service than Amazon's that speaks S3. */
  endpoint: string | undefined;
  region: string;
}

export const version = '0.1.0';

/** Reads the settings of the environment; throws an Error that names the variable at fault. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const host = env.BANYAN_HOST ?? '127.0.0.1';
  const port = readPort(env.BANYAN_PORT ?? '8686');
  return {
    host,
    port,
    home: path.resolve(env.BANYAN_HOME ?? defaultHome(env)),
    publicUrl: readUrl(env.BANYAN_PUBLIC_URL, localUrl(host, port)),
    blobs: readBlobs(env),
    databaseUrl: env.DATABASE_URL,
    localWorker: env.BANYAN_LOCAL_WORKER !== 'off',
    leaseSeconds: readLease(env.BANYAN_LEASE_SECONDS ?? '30'),
    garbageHours: readGarbage(env.BANYAN_GARBAGE_HOURS ?? '48'),
    anonymousRead: readSwitch(env, 'BANYAN_ANONYMOUS_READ', 'off'),
    version,
  };
}

/** The address on which this machine reaches a server that listens on `host`. */
export function localUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function defaultHome(env: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/banyan';
  return path.join(env.XDG_DATA_HOME ?? path.join(homedir(), '.local', 'share'), 'banyan');
}

/** What opens the hub must not be opened by a word that was meant otherwise. */
function readSwitch(env: NodeJS.ProcessEnv, name: string, usual: 'on' | 'off'): boolean {
  const text = env[name] ?? usual;
  if (text !== 'on' && text !== 'off') throw new Error(`${name} is "${text}": it must be "on" or "off"`);
  return text === 'on';
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new Error(`BANYAN_PORT is "${text}": it must be a port, 1 to 65535 (0 takes a free one)`);
  return port;
}

function readBlobs(env: NodeJS.ProcessEnv): S3Place | undefined {
  const text = env.BANYAN_BLOBS;
  if (text === undefined || text === '') return undefined;
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text) ?? [];
  if (bucket === undefined) throw new Error(`BANYAN_BLOBS is "${text}": it must be like s3://bucket/prefix`);
  return {
    bucket,
    prefix: path === '' || path.endsWith('/') ? path : `${path}/`,
    endpoint: env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL,
    region: env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1',
  };
}

function readLease(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 3 || seconds > 600)
    throw new Error(`BANYAN_LEASE_SECONDS is "${text}": it must be a whole number of seconds, 3 to 600`);
  return seconds;
}

function readGarbage(text: string): number {
  const hours = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || hours > 8760)
    throw new Error(`BANYAN_GARBAGE_HOURS is "${text}": it must be a number of hours, 0 to 8760`);
  return hours;
}

function readUrl(text: string | undefined, fallback: string): string {
  if (text === undefined) return fallback;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/')
    throw new Error(
      `BANYAN_PUBLIC_URL is "${text}": it must be like https://hub.example.org, without a path`,
    );
  return url.origin;
}

/** The port that a server with one TCP address took. */
export function portOf(addresses: readonly (string | { port: number })[]): number {
  const [address] = addresses;
  if (address === undefined || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
