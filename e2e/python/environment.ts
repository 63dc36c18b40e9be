/**
 * The Python that our files are proved with. `node e2e/python/environment.ts` makes it ready and prints its path.
 *
 * BANYAN_PYTHON names one that has the packages of requirements.txt; without it a virtual environment is made once, in
 * `.venv` at the root, from what pip is set up to reach.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const folder = fileURLToPath(new URL('../../.venv/', import.meta.url));
const python = join(folder, 'bin/python');
const stamp = join(folder, 'requirements.sha256');
const lock = join(folder, 'making');

/**
 * The path of a Python with the packages of requirements.txt.
 *
 * @throws Error saying what to do: no Python, no network, no space
 */
export async function pythonEnvironment(): Promise<string> {
  const named = process.env['BANYAN_PYTHON'];
  if (named !== undefined) {
    const fault = faultOf(named);
    if (fault === undefined) return named;
    say(`BANYAN_PYTHON (${named}) is passed over: ${fault}`);
  }
  if (!isMade()) await makeAlone();
  return python;
}

const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** What a Python lacks, undefined if nothing. Packages are found, not imported: that takes a tenth of the time. */
function faultOf(executable: string): string | undefined {
  const names =
    'torch transformers safetensors peft onnx onnxruntime numpy ' +
    'huggingface_hub hf_xet datasets mlcroissant pyarrow pandas sklearn rocrate datacite cffconvert moto flask_cors';
  const search =
    'import importlib.util as u, sys; print(*[n for n in sys.argv[1:] if u.find_spec(n) is None], sep=", ")';
  const { status, stdout, stderr, error } = spawnSync(executable, ['-c', search, ...names.split(' ')], {
    encoding: 'utf8',
  });
  if (status !== 0) return error?.message ?? lastLine(stderr);
  return stdout.trim() === '' ? undefined : `it has no ${stdout.trim()}`;
}

const wanted = (): string => createHash('sha256').update(readFileSync(requirements)).digest('hex');

const isMade = (): boolean => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();

/** Two test files may want it at once: one makes it, the other waits. The lock of a dead process is nobody's. */
async function makeAlone(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (let told = false; ; told = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!ownerLives()) rmSync(lock, { force: true });
    else if (!told) say('Another process is making the Python environment: waiting for it.');
    await sleep(500);
  }
  try {
    if (!isMade()) make();
  } finally {
    rmSync(lock, { force: true });
  }
}

function ownerLives(): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function make(): void {
  say(`Making a Python environment in ${folder} (once, some minutes) ...`);
  run('python3', [
    '-c',
    'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else 0',
  ]);
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '-r', requirements]);
  const fault = faultOf(python);
  if (fault !== undefined) throw new Error(`${python} is of no use after pip: ${fault}`);
  writeFileSync(stamp, wanted());
}

/** Progress goes to stderr as it comes. */
function run(command: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, {
    stdio: ['ignore', 2, 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new Error(
    `The Python environment cannot be made: "${command} ${args.join(' ')}" failed: ${error?.message ?? lastLine(stderr)}. ` +
      'It takes Python 3.11 or newer with venv, and a package index that pip can reach; or set BANYAN_PYTHON ' +
      `to a Python that has what ${requirements} lists.`,
  );
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

if (import.meta.main) console.log(await pythonEnvironment());
