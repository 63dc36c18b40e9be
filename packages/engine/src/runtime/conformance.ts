import { createGraph } from '../create-graph.ts';
import { tensorData } from '../dtype.ts';
import { EngineError } from '../error.ts';
import { toOnnx } from '../onnx.ts';
import { add, equal, gather, matmul, not, reduceSum } from '../operators.ts';
import type { TensorData } from '../tensor.ts';
import { allocateTrainMemory } from '../train/memory.ts';
import type { Feeds, Session, SessionOptions } from './session.ts';

/** A way to open sessions: `openSession` or `openThreadedSession`, with a provider and a number of threads. */
export type Open = (bytes: Uint8Array, options?: SessionOptions) => Promise<Session>;

/**
 * What every session promises, wherever it runs: each promise fails by throwing. No test runner is needed, so that the
 * same suite runs in Node and in a page.
 */
export const conformance: Readonly<Record<string, (open: Open) => Promise<void>>> = {
  async 'tells its inputs and outputs'(open) {
    await using(open, model(), async (session) => {
      same(session.inputs, [
        { name: 'x', dtype: 'float32', shape: ['N', 2] },
        { name: 'at', dtype: 'int64', shape: ['N'] },
      ]);
      same(
        session.outputs.map(({ name, dtype }) => [name, dtype]),
        [
          ['y', 'float32'],
          ['total', 'float32'],
          ['word', 'string'],
          ['three', 'bool'],
          ['next', 'int64'],
        ],
      );
    });
  },

  async 'says what computes'(open) {
    await using(open, model(), async ({ runtime }) => {
      same(/^onnxruntime-(node|web) \d+\.\d+\.\d+/.test(`${runtime.name} ${runtime.version}`), true);
      same(
        [runtime.provider === 'native', runtime.threads >= 1],
        [runtime.name === 'onnxruntime-node', true],
      );
    });
  },

  async 'computes numbers, texts, truth values and whole numbers, for any batch'(open) {
    await using(open, model(), async (session) => {
      same(await session.run(feeds), {
        y: tensorData('float32', [2, 2], [1, 2, 3, 4]),
        total: tensorData('float32', [], [14]),
        word: tensorData('string', [2], ['ja', 'no']),
        three: tensorData('bool', [2, 2], [0, 0, 1, 0]),
        next: tensorData('int64', [2], [2, 1]),
      });
      const single = { x: tensorData('float32', [1, 2], [1, 1]), at: tensorData('int64', [1], [0]) };
      same(await session.run(single, ['y']), { y: tensorData('float32', [1, 2], [4, 6]) });
    });
  },

  async 'takes truth values'(open) {
    const graph = createGraph();
    const flag = graph.input('flag', 'bool', ['N']);
    const bytes = toOnnx(graph, { inputs: [flag], outputs: { opposite: not(flag) } });
    await using(open, bytes, async (session) => {
      const fed = { flag: tensorData('bool', [3], [1, 0, 1]) };
      same(await session.run(fed), { opposite: tensorData('bool', [3], [0, 1, 0]) });
    });
  },

  async 'compares texts'(open) {
    const graph = createGraph();
    const word = graph.input('word', 'string', ['N']);
    const known = equal(word, graph.constant(['ja'], [1], 'string'));
    await using(open, toOnnx(graph, { inputs: [word], outputs: { known } }), async (session) => {
      const fed = { word: tensorData('string', [3], ['ja', 'né', '']) };
      same(await session.run(fed), { known: tensorData('bool', [3], [1, 0, 0]) });
    });
  },

  async 'runs a graph that takes nothing'(open) {
    const graph = createGraph();
    const sum = add(graph.constant([1, 2], [2], 'float32'), 1);
    await using(open, toOnnx(graph, { inputs: [], outputs: { sum } }), async (session) => {
      same(await session.run({}), { sum: tensorData('float32', [2], [2, 3]) });
    });
  },

  async 'reads and writes views of a WebAssembly memory, which training lives in'(open) {
    const graph = createGraph();
    const w = graph.parameter('w', [2, 3], () => new Float32Array(6));
    const v = graph.parameter('v', [3], () => new Float32Array(3));
    const memory = allocateTrainMemory([[w, v]], ['parameter', 'gradient']);
    const [weights, results] = [memory.views('parameter'), memory.views('gradient')];
    const numbers = (name: string): Float32Array => (weights.get(name) as TensorData).data as Float32Array;
    numbers('w').set([1, 2, 3, 4, 5, 6]);
    await using(
      open,
      toOnnx(graph, { inputs: [], outputs: { a: add(w, v), b: add(v, 1) } }),
      async (session) => {
        const [a, b] = [results.get('w') as TensorData, results.get('v') as TensorData];
        for (const more of [0, 10]) {
          numbers('v').set([7 + more, 8, 9]);
          await session.run(Object.fromEntries(weights), { a, b });
          same([...(a.data as Float32Array)], [8 + more, 10, 12, 11 + more, 13, 15]);
          same([...(b.data as Float32Array)], [8 + more, 9, 10]);
        }
        same([...numbers('w')], [1, 2, 3, 4, 5, 6]);
      },
    );
  },

  async 'writes texts and scalars into given tensors'(open) {
    await using(open, model(), async (session) => {
      const [total, word] = [tensorData('float32', [], [0]), tensorData('string', [2], ['', ''])];
      await session.run(feeds, { total, word });
      same([total, word], [tensorData('float32', [], [14]), tensorData('string', [2], ['ja', 'no'])]);
    });
  },

  async 'leaves its feeds to the caller, also views of a larger buffer'(open) {
    await using(open, model(), async (session) => {
      const numbers = Float32Array.of(9, 9, 1, 0, 0, 1, 9);
      const x = { dtype: 'float32' as const, shape: [2, 2], data: numbers.subarray(2, 6) };
      same(await session.run({ ...feeds, x }, ['y']), { y: tensorData('float32', [2, 2], [1, 2, 3, 4]) });
      same([...numbers], [9, 9, 1, 0, 0, 1, 9]);
    });
  },

  async 'answers many runs at once'(open) {
    await using(open, model(), async (session) => {
      const runs = Array.from({ length: 20 }, (_, i) =>
        session.run({ ...feeds, x: tensorData('float32', [2, 2], [i, 0, 0, 0]) }),
      );
      const seconds = (await Promise.all(runs)).map(({ y }) => Number(y?.data[1]));
      same(
        seconds,
        runs.map((_, i) => 2 * i),
      );
    });
  },

  async 'opens beside another session'(open) {
    await using(open, model(), async (one) => {
      await using(open, model(), async (other) => {
        const [a, b] = await Promise.all([one.run(feeds, ['y']), other.run(feeds, ['y'])]);
        same(a, b);
      });
    });
  },

  async 'says what is wrong with a file, a missing value or its shape'(open) {
    await refused(open(new Uint8Array(9)), 'runtime', 'could not be opened');
    await using(open, model(), async (session) => {
      await refused(
        session.run({ x: tensorData('float32', [2, 2], [1, 0, 0, 1]) }),
        'runtime',
        "'at' is missing",
      );
      const wide = { ...feeds, x: tensorData('float32', [1, 3], [1, 2, 3]) };
      await refused(session.run(wide), 'runtime', 'invalid dimensions');
      same(await session.run(feeds, ['total']), { total: tensorData('float32', [], [14]) });
    });
  },

  async 'refuses feeds without elements unless told to take them'(open) {
    const none = { x: tensorData('float32', [0, 2], []), at: tensorData('int64', [0], []) };
    await using(open, model(), async (session) => {
      await refused(session.run(none), 'shape', 'x [0, 2] has no element');
    });
    const careless: Open = (bytes) => open(bytes, { emptyFeeds: true });
    await using(careless, model(), async (session) => {
      same(await session.run(none, ['y', 'word']), {
        y: tensorData('float32', [0, 2], []),
        word: tensorData('string', [0], []),
      });
    });
  },

  async 'refuses work once closed, and closes twice'(open) {
    const session = await open(model());
    await session.close();
    await session.close();
    await refused(session.run(feeds), 'runtime', 'the session is closed');
  },
};

const feeds: Feeds = { x: tensorData('float32', [2, 2], [1, 0, 0, 1]), at: tensorData('int64', [2], [1, 0]) };

function model(): Uint8Array {
  const graph = createGraph();
  const x = graph.input('x', 'float32', ['N', 2]);
  const w = graph.parameter('w', [2, 2], () => new Float32Array(4));
  const y = matmul(x, w);
  const names = graph.constant(['no', 'ja'], [2], 'string');
  const at = graph.input('at', 'int64', ['N']);
  return toOnnx(graph, {
    inputs: [x, at],
    outputs: {
      y,
      total: reduceSum(add(y, 1)),
      word: gather(names, at),
      three: equal(y, 3),
      next: add(at, graph.constant([1], [1], 'int64')),
    },
    initializers: new Map([['w', tensorData('float32', [2, 2], [1, 2, 3, 4])]]),
  });
}

async function using(
  open: Open,
  bytes: Uint8Array,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const session = await open(bytes);
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

function same(found: unknown, wanted: unknown): void {
  const [left, right] = [textOf(found), textOf(wanted)];
  if (left !== right) throw new Error(`found ${left}, wanted ${right}`);
}

/** Typed arrays and their kind as text, with big integers. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (ArrayBuffer.isView(part)) return [part.constructor.name, ...(part as Float32Array)];
    return part;
  });

async function refused(work: Promise<unknown>, code: string, words: string): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EngineError && error.code === code && error.message.includes(words)))
    throw new Error(`not refused as '${code}' with "${words}": ${String(error)}`);
}
