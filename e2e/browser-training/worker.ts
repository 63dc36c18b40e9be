import { configureWasm, openSession, openThreadedSession } from '@banyan/engine';
import { hashOf, trainClassic } from '@banyan/engine/classics';
import { conformance, type Open } from '@banyan/engine/conformance';
import { type Answers, fitted, type Reply, type Task } from './task.ts';

const files = (name: string) => ({
  mjs: new URL(`/runtime/${name}.mjs`, location.href).href,
  wasm: new URL(`/runtime/${name}.wasm`, location.href).href,
});
configureWasm({
  wasm: files('ort-wasm-simd-threaded'),
  webgpu: files('ort-wasm-simd-threaded.asyncify'),
});

const perform: { [K in Task['kind']]: (task: Extract<Task, { kind: K }>) => Promise<Answers[K]> } = {
  async conform({ place: { provider, threads }, threaded }) {
    const open = threaded ? openThreadedSession : openSession;
    const here: Open = (bytes, options) =>
      open(bytes, {
        ...options,
        ...(provider === undefined ? {} : { provider }),
        ...(threads === undefined ? {} : { threads }),
      });
    const kept: Record<string, string> = {};
    for (const [name, check] of Object.entries(conformance))
      kept[name] = await check(here).then(() => '', String);
    return kept;
  },

  async train({ classic, steps, place }) {
    const { trainer, losses } = await trainClassic(classic, steps, place);
    const hash = await hashOf(trainer);
    await trainer.close();
    return { hash, losses, runtime: trainer.runtime };
  },

  fit: fitted,
};

const reply = (message: Reply): void => self.postMessage(message, { transfer: [] });

self.addEventListener('message', ({ data }: MessageEvent<Task>) => {
  const work = perform[data.kind] as (task: Task) => Promise<Answers[Task['kind']]>;
  void work(data).then(
    (answer) => reply({ answer }),
    (error: unknown) => reply({ failed: String(error) }),
  );
});
