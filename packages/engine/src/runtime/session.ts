import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { EngineError } from '../error.ts';
import type { DType, TensorData, TensorType } from '../tensor.ts';

export interface SessionOptions {
  /** Kernel threads; 2, or fewer on a smaller machine. Sums may round differently for another number. */
  threads?: number;
  /** How much the runtime may rewrite the graph; beyond some thousand nodes 'disabled' opens much faster. */
  optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Kernel threads wait for work busily, fastest for a lone session; off for sessions that take turns. */
  spinning?: boolean;
  /**
   * Plans one block for all values of a run, which is allocated beside what the first run took: twice the memory. On by
   * default; without it values are allocated one by one, measurably no slower.
   */
  memoryPattern?: boolean;
}

export interface SessionValue extends TensorType {
  readonly name: string;
}

export type Feeds = Readonly<Record<string, TensorData>>;

/** A graph made ready to run. */
export interface Session {
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  /**
   * Computes the outputs from a value for each input.
   *
   * @param fetches which outputs, all by default; given as tensors they are written in place
   * @throws EngineError 'runtime' in the words of ONNX Runtime
   */
  run(feeds: Feeds, fetches?: readonly string[] | Feeds): Promise<Record<string, TensorData>>;
  close(): Promise<void>;
}

const defaultThreads = (): number => Math.min(2, availableParallelism());

/** A session in this thread, which it blocks while it runs. Throws EngineError 'runtime' for bytes that are no model. */
export async function openSession(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { threads = defaultThreads(), optimization = 'all', spinning = true, memoryPattern = true } = options;
  const runtime = await inRuntime(
    () =>
      InferenceSession.create(bytes, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: optimization,
        logSeverityLevel: 3,
        enableMemPattern: memoryPattern,
        extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
      }),
    'the model could not be opened',
  );
  return {
    inputs: runtime.inputMetadata.map(sessionValue),
    outputs: runtime.outputMetadata.map(sessionValue),

    async run(feeds, fetches) {
      const fed = runtimeTensors(feeds);
      const wanted =
        fetches === undefined || Array.isArray(fetches) ? fetches : runtimeTensors(fetches as Feeds);
      const results = await inRuntime(
        () => (wanted === undefined ? runtime.run(fed) : runtime.run(fed, wanted as readonly string[])),
        'the model could not be run',
      );
      return Object.fromEntries(
        Object.entries(results).map(([name, result]) => [name, tensorDataOf(result)]),
      );
    },

    close: () => runtime.release(),
  };
}

const runtimeTensors = (values: Feeds): Record<string, RuntimeTensor> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, runtimeTensor(value)]));

function runtimeTensor({ dtype, shape, data }: TensorData): RuntimeTensor {
  return new RuntimeTensor(dtype as 'float32', data as Float32Array, shape);
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

function sessionValue(metadata: InferenceSession.ValueMetadata): SessionValue {
  if (!metadata.isTensor) throw new EngineError('format', `${metadata.name} is no tensor`);
  return { name: metadata.name, dtype: metadata.type as DType, shape: metadata.shape };
}

async function inRuntime<T>(work: () => Promise<T>, failure: string): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError('runtime', `${failure}: ${reason}`, { cause });
  }
}
