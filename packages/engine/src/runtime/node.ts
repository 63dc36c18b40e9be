import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { EngineError } from '../error.ts';
import type { Host, Runtime } from './host.ts';
import { loadWeb } from './web.ts';

const native: Runtime = {
  name: 'onnxruntime-node',
  version: env.versions.node ?? env.versions.common,
  Tensor,
  writesInPlace: true,
  create: (bytes, options) => InferenceSession.create(bytes, options),
  enqueue: (work) => work(),
};

export const host: Host = {
  provider: 'native',
  threads: () => Math.min(2, availableParallelism()),
  load: {
    native: async () => native,
    wasm: (threads) => loadWeb('wasm', threads, () => import('onnxruntime-web'), { needsFiles: false }),
    webgpu: async () => {
      throw new EngineError('runtime', 'WebGPU is in browsers only; Node has native and wasm');
    },
  },
  startThread() {
    const worker = new Worker(new URL('./node-thread.ts', import.meta.url));
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      onMessage: (listen) => void worker.on('message', listen),
      onEnd(listen) {
        worker.on('error', listen);
        worker.on('exit', (code) => listen(`it ended with code ${code}`));
      },
      async stop() {
        await worker.terminate();
      },
    };
  },
};
