import { EngineError } from '../error.ts';
import type { Host } from './host.ts';
import { loadWeb } from './web.ts';

export const host: Host = {
  provider: 'wasm',
  threads: () => (globalThis.crossOriginIsolated ? Math.min(2, navigator.hardwareConcurrency) : 1),
  load: {
    native: async () => {
      throw new EngineError('runtime', 'native kernels are in Node only; a browser has wasm and webgpu');
    },
    async wasm(threads) {
      requireThreads(threads);
      return loadWeb('wasm', threads, () => import('onnxruntime-web/wasm'), { needsFiles: true });
    },
    async webgpu(threads) {
      requireThreads(threads);
      await requireGpu();
      return loadWeb('webgpu', threads, () => import('onnxruntime-web/webgpu'), { needsFiles: true });
    },
  },
  startThread() {
    const worker = new Worker(new URL('./browser-thread.ts', import.meta.url), { type: 'module' });
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      onMessage: (listen) =>
        worker.addEventListener('message', (event: MessageEvent<unknown>) => listen(event.data)),
      onEnd: (listen) => worker.addEventListener('error', (event) => listen(event.message)),
      async stop() {
        worker.terminate();
      },
    };
  },
};

function requireThreads(threads: number): void {
  if (threads > 1 && !globalThis.crossOriginIsolated)
    throw new EngineError(
      'runtime',
      `${threads} kernel threads need a page that is isolated from other origins: serve it with the headers ` +
        'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or ask for one thread',
    );
}

/** The little of WebGPU that is asked here; TypeScript's DOM does not know it yet. */
interface WithGpu {
  gpu?: { requestAdapter(): Promise<object | null> };
}

async function requireGpu(): Promise<void> {
  const { gpu } = navigator as WithGpu;
  if (gpu === undefined)
    throw new EngineError('runtime', 'this browser has no WebGPU: navigator.gpu is missing (use wasm)');
  if ((await gpu.requestAdapter()) === null)
    throw new EngineError('runtime', 'this browser offers no GPU: requestAdapter() found none (use wasm)');
}
