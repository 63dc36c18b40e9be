import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createProgram } from './program.ts';
import { run } from './run.ts';
import { saveLogin } from './session.ts';

const configuration = mkdtempSync(join(tmpdir(), 'banyan-cli-'));

async function banyan(args: string[], environment: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(args, {
    stdout,
    stderr,
    environment: { XDG_CONFIG_HOME: join(configuration, 'nobody'), ...environment },
    signal: new AbortController().signal,
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

/** Nothing listens on port 9 (discard) of this machine. */
const nowhere = { BANYAN_URL: 'http://127.0.0.1:9', BANYAN_TOKEN: 'hf_secret' };

it('has examples and --json on every command', async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const signal = new AbortController().signal;
  const program = createProgram({ stdout, stderr, environment: {}, signal });
  const leaves = program.commands.flatMap((command) =>
    command.commands.length > 0 ? command.commands : [command],
  );
  expect(leaves.length).toBeGreaterThan(35);
  for (const command of leaves) {
    const path =
      command.parent === program ? [command.name()] : [command.parent?.name() ?? '', command.name()];
    const { code, stdout: help } = await banyan([...path, '--help']);
    expect(code, path.join(' ')).toBe(0);
    expect(help, path.join(' ')).toContain(`Examples:\n  banyan ${path.join(' ')}`);
    expect(help, path.join(' ')).toContain('--json');
  }
});

it('suggests what was meant', async () => {
  expect(await banyan(['tarin'])).toMatchObject({
    code: 2,
    stderr: "unknown command 'tarin'.\n  hint: Did you mean train?\n",
  });
  expect((await banyan(['dataset', 'shwo'])).stderr).toContain('Did you mean show?');
  expect((await banyan(['dataset', 'list', '--projct', 'x'])).stderr).toContain('Did you mean --project?');
});

it('refuses wrong usage with 2 and says where to look', async () => {
  expect(await banyan(['train', 'mlp'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('banyan train mlp --help'),
  });
  expect(await banyan(['runs'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('runs [options] [command]'),
  });
  const seed = ['train', 'mlp', '--data', 'a/b', '--model', 'a/c', '--seed', '-1'];
  expect(await banyan(seed)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('whole number from 0'),
  });
  expect(await banyan([...seed.slice(0, -2), '--lane', 'fast'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('native, deterministic'),
  });
  for (const [words, said] of [
    [['cite', 'a/b', '--style', 'mla'], 'bibtex, apa, cff, datacite'],
    [['export', 'a/b', '--format', 'tar'], 'ro-crate, croissant'],
    [['card', 'a/b', '--check', 'README.md', '--commit', 'OTHER.md'], "cannot be used with option '--commit"],
    [['card', 'a/b', '--start', '--commit', 'OTHER.md'], "cannot be used with option '--commit"],
  ] as const)
    expect(await banyan(['dataset', ...words], nowhere)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(said),
    });
});

it('says how to sign in, for people and for machines', async () => {
  const people = await banyan(['whoami']);
  expect(people).toMatchObject({ code: 1, stdout: '' });
  expect(people.stderr).toBe(
    'You are not signed in to a hub.\n  hint: banyan login http://127.0.0.1:8686 --token hf_... (or set BANYAN_URL and BANYAN_TOKEN)\n',
  );
  const machines = await banyan(['whoami', '--json']);
  expect(machines).toMatchObject({ code: 1, stderr: '' });
  expect(JSON.parse(machines.stdout)).toMatchObject({ error: { code: 'NOT_SIGNED_IN' } });
});

it('says that the hub is away, never with a stack or a token', async () => {
  const { code, stderr } = await banyan(['whoami'], nowhere);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Cannot reach the hub at http:\/\/127\.0\.0\.1:9: .*\n {2}hint: .*\n$/);
  expect(stderr).not.toMatch(/hf_secret|\bat .*:\d+:\d+/);
});

it('tells a refusal of the hub as the hub put it', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        defined: true,
        code: 'NOT_FOUND',
        status: 404,
        message: 'There is no project floa.',
        data: { hint: 'Did you mean flora?' },
      }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const hub = {
    BANYAN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    BANYAN_TOKEN: 'hf_x',
  };
  expect(await banyan(['project', 'show', 'floa'], hub)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'There is no project floa.\n  hint: Did you mean flora?\n',
  });
  expect((await banyan(['project', 'show', 'floa', '--json'], hub)).stdout).toBe(
    '{"error":{"code":"NOT_FOUND","message":"There is no project floa.","hint":"Did you mean flora?"}}\n',
  );
  server.close();
});

it('keeps the sign-in to its owner, and lets the environment win', async () => {
  const environment = { XDG_CONFIG_HOME: configuration };
  const file = saveLogin(environment, 'http://127.0.0.1:9', 'hf_saved');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await banyan(['whoami'], environment)).stderr).toContain('http://127.0.0.1:9');
  expect((await banyan(['whoami'], { ...environment, BANYAN_URL: 'http://127.0.0.1:7' })).stderr).toContain(
    '127.0.0.1:7',
  );
  expect(await banyan(['logout'], environment)).toMatchObject({ code: 0 });
  expect((await banyan(['whoami'], environment)).stderr).toContain('not signed in');
});

it('reads its files before it asks the hub', async () => {
  const missing = await banyan(['prepare', 'a/b', '--recipe', '/nowhere.yaml', '--to', 'a/c'], nowhere);
  expect(missing).toMatchObject({ code: 1, stderr: 'There is no file /nowhere.yaml.\n' });
  const recipe = join(configuration, 'recipe.yaml');
  writeFileSync(recipe, 'steps: [');
  expect((await banyan(['prepare', 'a/b', '--recipe', recipe, '--to', 'a/c'], nowhere)).stderr).toContain(
    'is not valid YAML',
  );
  expect(readFileSync(recipe, 'utf8')).toBe('steps: [');
  expect((await banyan(['predict', 'x', '--row', '{"a":'], nowhere)).stderr).toContain(
    '--row is not valid JSON',
  );
});
