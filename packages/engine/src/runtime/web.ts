import type * as Ort from 'onnxruntime-web';
import { EngineError } from '../error.ts';
import type { Provider, Runtime } from './host.ts';

type Build = typeof Ort;
type WebProvider = Exclude<Provider, 'native'>;

/** Addresses of the two files of a WebAssembly build: the script that loads it, and the module. */
export interface WasmFiles {
  mjs: string;
  wasm: string;
}

const files: Partial<Record<WebProvider, WasmFiles>> = {};

/**
 * Says where a browser finds ONNX Runtime's WebAssembly files, before the first session; a worker must be told again.
 * They lie in the package onnxruntime-web: for 'wasm' `ort-wasm-simd-threaded.{mjs,wasm}`, for 'webgpu'
 * `ort-wasm-simd-threaded.asyncify.{mjs,wasm}`. Node takes them from the package.
 */
export function configureWasm(addresses: Partial<Record<WebProvider, WasmFiles>>): void {
  Object.assign(files, addresses);
}

export const wasmFiles = (): Readonly<typeof files> => files;

/** A build has one pool of threads for all its sessions, made with the first. */
const poolSizes = new Map<WebProvider, number>();

/**
 * Readies a build of onnxruntime-web.
 *
 * @throws EngineError 'runtime' if its files are nowhere, or it already runs with another number of threads
 */
export async function loadWeb(
  provider: WebProvider,
  threads: number,
  load: () => Promise<Build>,
  { needsFiles }: { needsFiles: boolean },
): Promise<Runtime> {
  const from = files[provider];
  if (from === undefined && needsFiles)
    throw new EngineError(
      'runtime',
      `nobody said where the files of the ${provider} runtime are: call configureWasm({ ${provider}: { mjs, wasm } })`,
    );
  const poolSize = poolSizes.get(provider) ?? threads;
  if (poolSize !== threads)
    throw new EngineError(
      'runtime',
      `the ${provider} runtime of this thread was started with ${poolSize} kernel threads and cannot have ${threads}: ` +
        `ask for ${poolSize}, or open the session in a thread of its own (openThreadedSession)`,
    );
  poolSizes.set(provider, threads);
  const build = await load();
  build.env.logLevel = 'error';
  build.env.wasm.numThreads = threads;
  if (from !== undefined) build.env.wasm.wasmPaths = from;
  return {
    name: 'onnxruntime-web',
    version: build.env.versions.web ?? build.env.versions.common,
    Tensor: build.Tensor,
    writesInPlace: false,
    create: (bytes, options) => build.InferenceSession.create(bytes, options),
    enqueue: provider === 'webgpu' ? oneAfterAnother : (work) => work(),
  };
}

let last: Promise<unknown> = Promise.resolve();

/** Work on the GPU suspends the WebAssembly module, which nothing may enter meanwhile. */
function oneAfterAnother<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work);
  last = result.catch(() => undefined);
  return result;
}
