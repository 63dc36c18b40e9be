import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openSession, saveLogin } from './session.ts';
import type { Shell } from './shell.ts';

const home = mkdtempSync(join(tmpdir(), 'banyan-login-'));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const open = (environment: Shell['environment']) =>
  openSession({
    environment: { XDG_CONFIG_HOME: home, ...environment },
    stdout: process.stdout,
    stderr: process.stderr,
    signal: new AbortController().signal,
  });

it('takes a login for its own hub; says that there is none, and apart from it that one cannot be read', () => {
  expect(() => open({})).toThrow('You are not signed in to a hub.');
  saveLogin({ XDG_CONFIG_HOME: home }, 'http://127.0.0.1:1', 'hf_x');
  expect(open({})).toMatchObject({ url: 'http://127.0.0.1:1', token: 'hf_x' });
  expect(open({ BANYAN_URL: 'http://127.0.0.1:1/' })).toMatchObject({ token: 'hf_x' });
  // Another hub must not be told the token of this one.
  expect(() => open({ BANYAN_URL: 'http://127.0.0.1:3' })).toThrow('not signed in to http://127.0.0.1:3.');
  rmSync(join(home, 'banyan/login.json'));
  mkdirSync(join(home, 'banyan/login.json'));
  expect(() => open({})).toThrow('login.json cannot be read');
  // Who names both needs no file.
  expect(open({ BANYAN_URL: 'http://127.0.0.1:2', BANYAN_TOKEN: 'hf_y' })).toMatchObject({ token: 'hf_y' });
});
