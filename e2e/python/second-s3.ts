import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { stopProcess } from '../hub-process.ts';
import { pythonEnvironment } from './environment.ts';

export interface SecondS3 {
  /** What the tests are told about it. */
  name: string;
  place: { bucket: string; prefix: string; endpoint: string; region: string };
  client: S3Client;
  /** How many objects one page of a listing holds. */
  pageKeys: number;
  stop(): Promise<void>;
}

const motoPageKeys = 100;

/**
 * An S3 that others wrote and that holds to Amazon's rules where s3rver is lenient: Python's moto, in a process of its own
 * with one bucket; or, with BANYAN_TEST_S3_ENDPOINT, the one there (in the bucket BANYAN_TEST_S3_BUCKET, with the usual AWS
 * keys, which must be set). Keys for moto are set in this process's environment.
 */
export async function startSecondS3(prefix: string): Promise<SecondS3> {
  const region = process.env['AWS_REGION'] ?? 'us-east-1';
  const given = process.env['BANYAN_TEST_S3_ENDPOINT'];
  if (given !== undefined) {
    const bucket = process.env['BANYAN_TEST_S3_BUCKET'] ?? 'banyan-test';
    const client = new S3Client({ region, endpoint: given, forcePathStyle: true });
    const place = { bucket, prefix, endpoint: given, region };
    return { name: given, place, client, pageKeys: 1000, stop: async () => client.destroy() };
  }
  process.env['AWS_ACCESS_KEY_ID'] ??= 'moto';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'moto';
  const child = spawn(await pythonEnvironment(), ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A thousand objects take it a while.
    env: { ...process.env, MOTO_S3_DEFAULT_MAX_KEYS: String(motoPageKeys) },
  });
  const said: string[] = [];
  const endpoint = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (said.length > 20) said.shift();
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    void once(child, 'exit').then(() => reject(new Error(`moto did not start:\n${said.join('\n')}`)), reject);
  });
  const bucket = 'banyan';
  const client = new S3Client({ region, endpoint, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    name: 'moto',
    place: { bucket, prefix, endpoint, region },
    client,
    pageKeys: motoPageKeys,
    async stop() {
      client.destroy();
      await stopProcess(child);
    },
  };
}
