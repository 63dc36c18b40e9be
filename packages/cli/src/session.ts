import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHubClient, type HubApi } from '@banyan/contract';
import { CliError } from './refusal.ts';
import type { Shell } from './shell.ts';

/** Where the hub is and who we are there. */
export interface Session {
  url: string;
  token: string;
  hub: HubApi;
}

type Environment = Shell['environment'];

const loginFile = (environment: Environment): string =>
  join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'banyan', 'login.json');

/** BANYAN_URL and BANYAN_TOKEN win over what `banyan login` saved; a saved token goes to the hub that it is for alone. */
export function openSession({ environment }: Shell): Session {
  const named = environment['BANYAN_URL'] && environment['BANYAN_TOKEN'];
  const saved = named ? undefined : readLogin(environment);
  const url = environment['BANYAN_URL'] || saved?.url;
  const token =
    environment['BANYAN_TOKEN'] || (saved?.url === url?.replace(/\/+$/, '') ? saved?.token : undefined);
  if (url === undefined || token === undefined)
    throw new CliError(`You are not signed in to ${url ?? 'a hub'}.`, {
      code: 'NOT_SIGNED_IN',
      hint: `banyan login ${url ?? 'http://127.0.0.1:8686'} --token hf_... (or set BANYAN_URL and BANYAN_TOKEN)`,
    });
  return { url, token, hub: createHubClient({ url, token }) };
}

/** The hub's address, when one is known; for messages. */
export const knownUrl = ({ environment }: Shell): string | undefined =>
  environment['BANYAN_URL'] || readLogin(environment)?.url;

/** Saves the login readable by its owner alone; answers the file. */
export function saveLogin(environment: Environment, url: string, token: string): string {
  const file = loginFile(environment);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Writing into an existing file keeps its old mode.
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify({ url, token }, undefined, 2)}\n`, { mode: 0o600 });
  return file;
}

export function forgetLogin(environment: Environment): void {
  rmSync(loginFile(environment), { force: true });
}

function readLogin(environment: Environment): { url: string; token: string } | undefined {
  let text: string;
  try {
    text = readFileSync(loginFile(environment), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CliError(`${loginFile(environment)} cannot be read: ${message}.`);
  }
  try {
    const { url, token } = JSON.parse(text) as { url?: unknown; token?: unknown };
    if (typeof url === 'string' && typeof token === 'string') return { url, token };
  } catch {
    // Falls through to the same advice as a file of the wrong shape.
  }
  throw new CliError(`${loginFile(environment)} is damaged.`, {
    hint: 'banyan logout, then banyan login again.',
  });
}
