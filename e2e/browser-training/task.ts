import { type FitData, type FitOptions, fit } from '@banyan/algorithms';
import { writeSafetensors } from '@banyan/engine';
import type { ClassicName } from '@banyan/engine/classics';

interface Place {
  lane?: 'native' | 'deterministic';
  provider?: 'wasm' | 'webgpu';
  threads?: number;
}

/** What the test asks of a web worker in the page. */
export type Task =
  | { kind: 'conform'; place: Place; threaded: boolean }
  | { kind: 'train'; classic: ClassicName; steps: number; place: Place }
  | { kind: 'fit'; config: Record<string, unknown>; data: FitData; options: FitOptions };

/** What it answers. */
export interface Answers {
  /** Each promise of a session, and how it was broken: '' if kept. */
  conform: Record<string, string>;
  train: { hash: string; losses: number[]; runtime: { provider: string; threads: number } };
  /** The hash of the weights as safetensors, and the metrics of the last validation. */
  fit: { hash: string; metrics: Record<string, number> };
}

export type Reply = { answer: Answers[keyof Answers] } | { failed: string };

/** A whole run of an algorithm. */
export async function fitted({
  config,
  data,
  options,
}: Extract<Task, { kind: 'fit' }>): Promise<Answers['fit']> {
  const run = fit('mlp', config, data, options);
  let metrics = {};
  for (;;) {
    const { done, value } = await run.next();
    if (done) return { hash: await sha256(writeSafetensors(value.tensors)), metrics };
    if (value.kind === 'valid') ({ metrics } = value);
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
