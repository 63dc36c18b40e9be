import type { InferenceSession, Tensor } from 'onnxruntime-web';

/**
 * Where kernels run: ONNX Runtime's native build (Node), its WebAssembly build (Node and browsers), or a browser's GPU.
 */
export type Provider = 'native' | 'wasm' | 'webgpu';

/**
 * What a place offers to run graphs on. package.json's `#runtime` is `node.ts` in Node and `browser.ts` in a browser,
 * and each exports one `host`; nothing else of the engine knows where it runs.
 */
export interface Host {
  /** What a session runs on that names no provider. */
  readonly provider: Provider;
  /** The number of kernel threads of a session that names none. */
  threads(): number;
  /** Throws EngineError 'runtime' saying why the provider cannot be had here. */
  readonly load: Readonly<Record<Provider, (threads: number) => Promise<Runtime>>>;
  /** A thread that runs `session-thread.ts`. */
  startThread(): Thread;
}

/** A build of ONNX Runtime. All of them speak onnxruntime-common's words. */
export interface Runtime {
  /** As on npm. */
  readonly name: string;
  readonly version: string;
  readonly Tensor: typeof Tensor;
  /** Whether numbers arrive in the tensors they were asked into; if not they are copied there, as texts always are. */
  readonly writesInPlace: boolean;
  create(bytes: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  /** Does the work, after other work if this build cannot do two things at once. */
  enqueue<T>(work: () => Promise<T>): Promise<T>;
}

/** A thread as its owner sees it: Node's Worker or a browser's. */
export interface Thread {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  onMessage(listen: (message: unknown) => void): void;
  /** Told why the thread ended; a browser's says nothing when it is stopped. */
  onEnd(listen: (cause: unknown) => void): void;
  stop(): Promise<void>;
}

/** The way back, as the thread sees it. */
export interface Owner {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  onMessage(listen: (message: unknown) => void): void;
}
