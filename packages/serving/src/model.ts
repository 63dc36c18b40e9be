import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { openThreadedSession, type Session } from '@banyan/engine';
import { createDecoder } from './decoder.ts';
import { type Completion, type GenerateOptions, generateText, type TextPiece } from './generate.ts';
import { inputColumns } from './input-columns.ts';
import { type ModelManifest, parseManifest } from './manifest.ts';
import { createMicroBatcher, type MicroBatchOptions } from './micro-batch.ts';
import {
  decodeOipInputs,
  describeValues,
  encodeOipOutputs,
  type InferRequest,
  type InferResponse,
  type ModelMetadata,
  wantedOutputs,
} from './oip.ts';
import { decodePredictions, type Prediction } from './prediction.ts';
import { type Example, encodeRows, missingIn } from './rows.ts';
import { reasonOf, ServingError } from './serving-error.ts';
import { readTexts, textColumns } from './texts.ts';
import { parseTokenizer } from './tokenizer.ts';

export interface OpenModelOptions extends MicroBatchOptions {
  /** Kernel threads of the model's own worker thread. */
  threads?: number;
  /** The name that protocol answers carry; the folder's by default. */
  name?: string;
  /** Texts that may be written at the same time; more are refused with 'busy'. */
  maxGenerations?: number;
}

export interface ServedModel {
  manifest: ModelManifest;
  /**
   * One prediction an example: raw rows, or for a model with a window lists of rows. Concurrent calls share runs.
   * A row's numbers may differ in the last bits with the company it had.
   *
   * @throws ServingError 'missing-column', 'input', 'busy', 'not-predictive'
   */
  predict(examples: readonly Example[]): Promise<Prediction[]>;
  /**
   * The same through the Open Inference Protocol's tensors, one input a raw column.
   *
   * @throws ServingError 'missing-column', 'unknown-column', 'input', 'busy', 'not-predictive'
   */
  infer(request: InferRequest): Promise<InferResponse>;
  metadata(): ModelMetadata;
  /**
   * Continues a text; see `GenerateOptions`. Returns how it ended.
   *
   * @throws ServingError 'not-generative', 'input', 'busy'
   */
  generate(prompt: string, options: GenerateOptions): AsyncGenerator<TextPiece, Completion>;
  close(): Promise<void>;
}

/**
 * Opens a model folder: banyan.json, model.onnx (or onnx/model.onnx, where Hugging Face's library has it) and, for text,
 * tokenizer.json. The model runs in a thread of its own; the caller's is never blocked.
 *
 * @throws ServingError 'format' saying which file is absent or wrong
 */
export async function openModel(dir: string, options: OpenModelOptions = {}): Promise<ServedModel> {
  const { threads = 1, name = basename(resolve(dir)), maxGenerations = 8, ...batching } = options;
  const manifest = parseManifest((await readPart(dir, 'banyan.json')).toString('utf8'));
  const isText = manifest.task === 'generation';
  const isRead = manifest.kind === 'text' && !isText;
  const tokenizerJson =
    manifest.kind === 'text' ? (await readPart(dir, 'tokenizer.json')).toString('utf8') : '';
  const tokenizer = isText ? parseTokenizer(tokenizerJson) : undefined;
  const session = await openGraph(await readPart(dir, 'model.onnx', 'onnx/model.onnx'), threads);
  const { texts, predictive, decoder } = await closingOnFailure(session, () => ({
    texts: isRead ? readTexts(manifest, session, tokenizerJson) : undefined,
    predictive: isText ? undefined : isRead ? textColumns(manifest) : inputColumns(manifest, session),
    decoder: isText ? createDecoder(session, manifest.context ?? 0) : undefined,
  }));
  const batcher = createMicroBatcher(texts ?? ((feeds) => session.run(feeds)), batching);
  let generations = 0;
  let closed = false;

  function requirePredictive() {
    if (predictive === undefined)
      throw new ServingError('not-predictive', 'this model writes text: give it a prompt to continue');
    return predictive;
  }

  // The protocol's inputs bear the raw columns' names too.
  const rawName = (name: string): string => predictive?.find(({ input }) => input === name)?.name ?? name;

  return {
    manifest,

    async predict(examples) {
      const columns = requirePredictive();
      if (examples.length === 0) return [];
      const outputs = await batcher.submit(encodeRows(examples, columns, manifest.window), examples.length);
      return decodePredictions(manifest, outputs, examples.length, (index) => {
        const example = examples[index];
        const missing = example === undefined ? [] : missingIn(example, columns);
        return missing.length === 0 ? '' : `, where ${missing.join(', ')} is missing`;
      });
    },

    async infer(request) {
      const { feeds, count } = decodeOipInputs(request, requirePredictive());
      if (count === 0) throw new ServingError('input', 'the request holds no example');
      const available = session.outputs.map((output) => output.name);
      const wanted = wantedOutputs(request, available);
      const outputs = encodeOipOutputs(await batcher.submit(feeds, count), wanted);
      return { model_name: name, ...(request.id === undefined ? {} : { id: request.id }), outputs };
    },

    metadata: () => ({
      name,
      platform: 'onnx_onnxv1',
      inputs: describeValues(
        isRead
          ? textColumns(manifest).map(({ input, dtype }) => ({ name: input, dtype, shape: ['N', 1] }))
          : session.inputs.map((input) => ({ ...input, name: rawName(input.name) })),
      ),
      outputs: describeValues(session.outputs),
    }),

    async *generate(prompt, options) {
      if (decoder === undefined || tokenizer === undefined)
        throw new ServingError('not-generative', `this model does ${manifest.task}; it does not write text`);
      if (closed) throw new ServingError('closed', 'this model was closed');
      if (generations >= maxGenerations)
        throw new ServingError(
          'busy',
          `${generations} texts are being written already; try again in a moment`,
        );
      generations += 1;
      try {
        return yield* generateText(decoder, tokenizer, prompt, options);
      } finally {
        generations -= 1;
      }
    },

    async close() {
      if (closed) return;
      closed = true;
      await batcher.close();
      await session.close();
    },
  };
}

/** A file of the folder: the first of these paths that is there. */
async function readPart(dir: string, file: string, ...others: string[]): Promise<Buffer> {
  for (const path of [file, ...others]) {
    try {
      return await readFile(join(dir, path));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw new ServingError('format', `the model folder has an unreadable ${path}`, { cause });
    }
  }
  throw new ServingError('format', `the model folder has no ${file}`);
}

async function openGraph(bytes: Uint8Array, threads: number): Promise<Session> {
  try {
    return await openThreadedSession(bytes, { threads, spinning: false });
  } catch (cause) {
    throw new ServingError('format', `model.onnx cannot be opened: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

async function closingOnFailure<T>(session: Session, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    await session.close();
    throw error;
  }
}
