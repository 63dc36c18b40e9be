import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from './environment.ts';

/** A Python script of this folder that answers requests: JSON lines in, JSON lines out. */
export interface Python {
  /** Calls the script's function of this name. Throws Error with Python's traceback. */
  ask<T>(call: string, values?: Record<string, unknown>): Promise<T>;
  close(): void;
}

/** Starts a script and waits for its imports: torch and transformers take some seconds, once. */
export async function openPython(script: string): Promise<Python> {
  const python = await pythonEnvironment();
  const child = spawn(python, [fileURLToPath(new URL(script, import.meta.url))], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false', OMP_NUM_THREADS: '2' },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-8000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function answer<T>(call: string): Promise<T> {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} stopped at ${call}: ${said}`);
    const { result, error } = JSON.parse(value) as { result: T; error?: string };
    if (error !== undefined) throw new Error(`${script}, ${call}: ${error}`);
    return result;
  }
  await answer('its imports');
  return {
    ask<T>(call: string, values = {}) {
      child.stdin.write(`${JSON.stringify({ call, values })}\n`);
      return answer<T>(call);
    },
    close: () => void child.kill(),
  };
}
