import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { S3Place } from '../config.ts';

/** The keys that s3rver knows; it looks at the first alone. */
export const s3Keys = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

export interface TestS3 {
  place: S3Place;
  /** Where the server keeps its objects. */
  folder: string;
  stop(): Promise<void>;
}

/** A server that speaks S3 as far as s3rver does, with one bucket, in a process of its own. */
export async function startTestS3(prefix = 'some/prefix/'): Promise<TestS3> {
  const folder = await mkdtemp(path.join(tmpdir(), 'banyan-s3-'));
  const program = createRequire(import.meta.url).resolve('s3rver/bin/s3rver.js');
  const args = ['-d', folder, '-p', '0', '-a', '127.0.0.1', '--configure-bucket', 'banyan'];
  const child = spawn(process.execPath, ['--no-warnings', program, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exit = once(child, 'exit');
  const endpoint = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, port] = /listening on \S+:(\d+)/.exec(line) ?? [];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    child.once('exit', () => reject(new Error('s3rver did not start')));
  });
  return {
    place: { bucket: 'banyan', prefix, endpoint, region: 'us-east-1' },
    folder,
    async stop() {
      child.kill('SIGKILL');
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
