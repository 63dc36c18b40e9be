import type { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-web';
import { host } from '#runtime';
import { EngineError } from '../error.ts';
import { formatShape } from '../shape.ts';
import type { DType, TensorData, TensorType } from '../tensor.ts';
import type { Provider, Runtime } from './host.ts';

export interface SessionOptions {
  /** 'native' in Node and 'wasm' in a browser. */
  provider?: Provider;
  /** Kernel threads; 2, or fewer on a smaller machine. Sums may round differently for another number. */
  threads?: number;
  /** How much the runtime may rewrite the graph; beyond some thousand nodes 'disabled' opens much faster. */
  optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Kernel threads wait for work busily, fastest for a lone session; off for sessions that take turns. Native only. */
  spinning?: boolean;
  /**
   * Plans one block for all values of a run, which is allocated beside what the first run took: twice the memory. On by
   * default; without it values are allocated one by one, measurably no slower.
   */
  memoryPattern?: boolean;
  /**
   * Feeds without elements are allowed; refused by default, because ONNX Runtime's native FusedMatMul, which its own
   * optimiser may put into a graph, divides by such a length and ends the process.
   */
  emptyFeeds?: boolean;
}

export interface SessionValue extends TensorType {
  readonly name: string;
}

export type Feeds = Readonly<Record<string, TensorData>>;

/** Whose arithmetic it is: with the graph and the feeds, all that the bits of a result depend on but the machine. */
export interface RuntimeFacts {
  /** The package that computes, and its version. */
  name: string;
  version: string;
  provider: Provider;
  threads: number;
}

/** A graph made ready to run. */
export interface Session {
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  readonly runtime: RuntimeFacts;
  /**
   * Computes the outputs from a value for each input.
   *
   * @param fetches which outputs, all by default; given as tensors they are written in place
   * @throws EngineError 'shape' for a feed without elements unless `emptyFeeds`, 'runtime' in the words of ONNX Runtime
   */
  run(feeds: Feeds, fetches?: readonly string[] | Feeds): Promise<Record<string, TensorData>>;
  close(): Promise<void>;
}

/**
 * A session in this thread, which it blocks while it runs.
 *
 * @throws EngineError 'runtime' for bytes that are no model, or a provider that this place does not have
 */
export async function openSession(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { provider = host.provider, threads = host.threads(), emptyFeeds = false } = options;
  const runtime = await host.load[provider](threads);
  const settings = settingsOf(provider, threads, options);
  const session = await told(runtime, () => runtime.create(bytes, settings), 'the model could not be opened');
  let closed = false;
  return {
    inputs: session.inputMetadata.map(sessionValue),
    outputs: session.outputMetadata.map(sessionValue),
    runtime: { name: runtime.name, version: runtime.version, provider, threads },

    async run(feeds, fetches) {
      if (closed) throw new EngineError('runtime', 'the session is closed');
      if (!emptyFeeds) requireElements(feeds);
      const fed = runtimeTensors(runtime, feeds);
      const work = (): Promise<InferenceSession.ReturnType> => {
        if (fetches === undefined) return session.run(fed);
        if (isNames(fetches)) return session.run(fed, fetches);
        return session.run(
          fed,
          runtime.writesInPlace ? runtimeTensors(runtime, fetches) : Object.keys(fetches),
        );
      };
      const results = await told(runtime, work, 'the model could not be run');
      const read = Object.entries(results).map(([name, result]) => [name, tensorDataOf(result)] as const);
      if (fetches !== undefined && !isNames(fetches))
        for (const [name, result] of read) {
          const target = fetches[name] as TensorData;
          if (!runtime.writesInPlace || target.dtype === 'string') copyInto(name, target, result);
        }
      return Object.fromEntries(read);
    },

    async close() {
      if (closed) return;
      closed = true;
      await runtime.enqueue(() => session.release());
    },
  };
}

const providerNames: Record<Provider, string> = { native: 'cpu', wasm: 'wasm', webgpu: 'webgpu' };

function settingsOf(
  provider: Provider,
  threads: number,
  { optimization = 'all', spinning = true, memoryPattern = true }: SessionOptions,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [providerNames[provider]],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimization,
    logSeverityLevel: 3,
    enableMemPattern: memoryPattern,
    ...(provider === 'native'
      ? { extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } } }
      : {}),
  };
}

const isNames = (fetches: readonly string[] | Feeds): fetches is readonly string[] => Array.isArray(fetches);

const runtimeTensors = ({ Tensor }: Runtime, values: Feeds): Record<string, RuntimeTensor> =>
  Object.fromEntries(
    Object.entries(values).map(([name, { dtype, shape, data }]) => [
      name,
      new Tensor(dtype as 'float32', data as Float32Array, shape),
    ]),
  );

function requireElements(feeds: Feeds): void {
  for (const [name, { shape, data }] of Object.entries(feeds))
    if (data.length === 0)
      throw new EngineError(
        'shape',
        `${name} ${formatShape(shape)} has no element, over which some kernels end the process: leave the run out, ` +
          'feed a row that is masked, or open the session with emptyFeeds if none of its kernels does',
        { node: name, shapes: [shape] },
      );
}

const tensorDataOf = (tensor: RuntimeTensor): TensorData => ({
  dtype: tensor.type as DType,
  shape: tensor.dims,
  data: tensor.type === 'float16' ? halfBits(tensor.data) : tensor.data,
});

/** ONNX Runtime gives half floats as numbers where JavaScript has an array for them. */
function halfBits(data: RuntimeTensor.DataType): Uint16Array {
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}

/** Copies a result into the tensor it was asked into. */
export function copyInto(name: string, target: TensorData, { shape, data }: TensorData): void {
  if (data.length !== target.data.length)
    throw new EngineError(
      'shape',
      `${name} is ${formatShape(shape)} and does not fill the ${formatShape(target.shape)} it is fetched into`,
      { node: name, shapes: [shape, target.shape] },
    );
  if (Array.isArray(target.data)) target.data.splice(0, target.data.length, ...(data as string[]));
  else (target.data as Float32Array).set(data as Float32Array);
}

function sessionValue(metadata: InferenceSession.ValueMetadata): SessionValue {
  if (!metadata.isTensor) throw new EngineError('format', `${metadata.name} is no tensor`);
  return { name: metadata.name, dtype: metadata.type as DType, shape: metadata.shape };
}

async function told<T>(runtime: Runtime, work: () => Promise<T>, failure: string): Promise<T> {
  try {
    return await runtime.enqueue(work);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError('runtime', `${failure}: ${reason}`, { cause });
  }
}
