import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { FunctionProtoSchema, type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { tensorData } from '../dtype.ts';
import { EngineError } from '../error.ts';
import { toOnnx } from '../onnx.ts';
import { openSession } from '../runtime/session.ts';
import type { Shape, TensorType } from '../tensor.ts';
import { fileOf, graphOf, nodeOf } from './file.ts';
import { pretrained, readPackaged } from './pretrained.ts';
import { readOnnx } from './read-onnx.ts';

const float = (...shape: Shape): TensorType => ({ dtype: 'float32', shape });
const int64s = (...values: number[]) => tensorData('int64', [values.length], values);

/** A little of everything: weights, attributes, settled shapes, a branch, a node that stays as it stands. */
const sound = fileOf({
  inputs: { x: float(2, 3, 1, 8), c: { dtype: 'bool', shape: [] } },
  initializers: {
    w: tensorData(
      'float32',
      [4, 3, 1, 3],
      Array.from({ length: 36 }, (_, i) => i / 36),
    ),
    b: tensorData('float32', [4], [1, 2, 3, 4]),
    at: int64s(0),
    rest: int64s(-1),
  },
  outputs: ['z', 'bytes'],
  nodes: [
    nodeOf('Conv', ['x', 'w', 'b'], ['h'], {
      name: 'conv',
      ints: { kernel_shape: [1, 3], pads: [0, 0, 0, 0] },
    }),
    nodeOf('Relu', ['h'], ['r']),
    nodeOf('Shape', ['r'], ['s']),
    nodeOf('Gather', ['s', 'at'], ['rows'], { ints: { axis: 0 } }),
    nodeOf('Concat', ['rows', 'rest'], ['flat shape'], { ints: { axis: 0 } }),
    nodeOf('Reshape', ['r', 'flat shape'], ['flat']),
    nodeOf('Softmax', ['flat'], ['y'], { ints: { axis: -1 } }),
    nodeOf('DynamicQuantizeLinear', ['y'], ['bytes', 'scale', 'zero']),
    nodeOf('If', ['c'], ['z'], {
      graphs: {
        then_branch: graphOf({ nodes: [nodeOf('Relu', ['y'], ['t'])], outputs: ['t'] }),
        else_branch: graphOf({ nodes: [nodeOf('Neg', ['y'], ['e'])], outputs: ['e'] }),
      },
    }),
  ],
});

/** Reads and, where that succeeds, writes and opens: whatever the bytes, an EngineError is the worst that happens. */
async function survive(bytes: Uint8Array): Promise<void> {
  try {
    const { graph, inputs, outputs, parameters } = await readOnnx(bytes);
    const session = await openSession(toOnnx(graph, { inputs, outputs, initializers: parameters }), {
      threads: 1,
    });
    await session.close();
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    expect((error as EngineError).message).not.toBe('');
  }
}

test('a sound file is read, and written so that the runtime opens it', async () => {
  const { graph, inputs, outputs, parameters, opaque } = await readOnnx(sound);
  expect(opaque.map(({ operator }) => operator).sort()).toEqual(['DynamicQuantizeLinear', 'If']);
  const session = await openSession(toOnnx(graph, { inputs, outputs, initializers: parameters }), {
    threads: 1,
  });
  expect(session.outputs.map(({ name }) => name)).toEqual(['z', 'bytes']);
  await session.close();
});

test('bytes that are changed, left out or put in', async () => {
  const edit = fc.record({
    at: fc.nat(sound.length - 1),
    remove: fc.nat(3),
    insert: fc.uint8Array({ maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      let bytes = [...sound];
      for (const { at, remove, insert } of edits) bytes = bytes.toSpliced(at, remove, ...insert);
      await survive(Uint8Array.from(bytes));
    }),
    { numRuns: 400, seed: 3 },
  );
});

test('files cut short', async () => {
  for (let length = 0; length < sound.length; length += 7)
    await expect(readOnnx(sound.subarray(0, length)), `${length} bytes`).rejects.toThrow(EngineError);
  const large = readPackaged(pretrained['Silero v6']?.file ?? '');
  for (const share of [0.1, 0.5, 0.9, 0.999])
    await expect(readOnnx(large.subarray(0, large.length * share))).rejects.toMatchObject({ code: 'format' });
});

test('bytes of anything', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => survive(bytes)),
    { numRuns: 300, seed: 4 },
  );
});

/** The sound file with one thing changed. */
function changed(
  change: (model: ModelProto & { graph: NonNullable<ModelProto['graph']> }) => void,
): Uint8Array {
  const model = fromBinary(ModelProtoSchema, sound);
  change(model as Parameters<typeof change>[0]);
  return toBinary(ModelProtoSchema, model);
}

const relu = (input: string, output: string) => nodeOf('Relu', [input], [output], { name: `make ${output}` });
const x = { x: float(2, 3) };

/** If within If, that many deep. */
const nested = (depth: number): ReturnType<typeof graphOf> =>
  depth === 0
    ? graphOf({ nodes: [relu('x', 'deepest')], outputs: ['deepest'] })
    : graphOf({
        nodes: [nodeOf('If', ['c'], [`y${depth}`], { graphs: { then_branch: nested(depth - 1) } })],
        outputs: [`y${depth}`],
      });

describe('one clear error', () => {
  test.each<[string, Uint8Array, string, RegExp]>([
    ['nothing at all', new Uint8Array(), 'format', /no graph/],
    [
      'a cycle',
      fileOf({
        inputs: x,
        nodes: [nodeOf('Add', ['x', 'b'], ['a'], { name: 'sum' }), relu('a', 'b')],
        outputs: ['b'],
      }),
      'format',
      /cycle: .*sum.*make b|cycle: .*make b.*sum/,
    ],
    [
      'a node that needs itself',
      fileOf({ inputs: x, nodes: [relu('a', 'a')], outputs: ['a'] }),
      'format',
      /cycle.*make a/,
    ],
    [
      'an undefined name',
      fileOf({ inputs: x, nodes: [relu('ghost', 'a')], outputs: ['a'] }),
      'format',
      /make a.*ghost/,
    ],
    [
      'a name defined twice',
      fileOf({ inputs: x, nodes: [relu('x', 'a'), relu('x', 'a')], outputs: ['a'] }),
      'format',
      /defines a/,
    ],
    [
      'an output that is an input of that name',
      fileOf({ inputs: x, nodes: [relu('x', 'x')], outputs: ['x'] }),
      'format',
      /defines x/,
    ],
    ['an output nobody computes', fileOf({ inputs: x, nodes: [], outputs: ['a'] }), 'format', /output a/],
    [
      'types that do not fit',
      fileOf({
        inputs: { ...x, i: { dtype: 'int64', shape: [2, 3] } },
        nodes: [nodeOf('Add', ['x', 'i'], ['a'], { name: 'sum' })],
        outputs: ['a'],
      }),
      'dtype',
      /sum.*float32, int64/,
    ],
    [
      'shapes that do not fit',
      fileOf({
        inputs: { ...x, y: float(4, 5) },
        nodes: [nodeOf('MatMul', ['x', 'y'], ['a'], { name: 'product' })],
        outputs: ['a'],
      }),
      'shape',
      /product.*\[2, 3\].*\[4, 5\]/,
    ],
    [
      'an attribute of a wrong type',
      fileOf({
        inputs: x,
        nodes: [nodeOf('Softmax', ['x'], ['a'], { floats: { axis: 1 } })],
        outputs: ['a'],
      }),
      'format',
      /axis.*FLOAT.*INT/,
    ],
    [
      'an axis that does not exist',
      fileOf({ inputs: x, nodes: [nodeOf('Softmax', ['x'], ['a'], { ints: { axis: 7 } })], outputs: ['a'] }),
      'shape',
      /axis 7/,
    ],
    [
      'an operator that nobody knows',
      fileOf({ inputs: x, nodes: [nodeOf('Frobnicate', ['x'], ['a'], { name: 'f' })], outputs: ['a'] }),
      'format',
      /Frobnicate \(node f\)/,
    ],
    [
      'a domain without a version',
      fileOf({
        inputs: x,
        nodes: [nodeOf('Gelu', ['x'], ['a'], { domain: 'com.microsoft' })],
        outputs: ['a'],
      }),
      'format',
      /com\.microsoft/,
    ],
    [
      'a missing input',
      fileOf({ inputs: x, nodes: [nodeOf('Add', ['x'], ['a'], { name: 'sum' })], outputs: ['a'] }),
      'format',
      /sum.*lacks its input 1/,
    ],
    [
      'an old opset',
      fileOf({ opset: 6, inputs: x, nodes: [relu('x', 'a')], outputs: ['a'] }),
      'format',
      /opset 6.*7 to/,
    ],
    [
      'an opset of the future',
      fileOf({ opset: 99, inputs: x, nodes: [relu('x', 'a')], outputs: ['a'] }),
      'format',
      /opset 99/,
    ],
    [
      'a division by zero among constants',
      fileOf({
        inputs: x,
        initializers: { z: int64s(0) },
        nodes: [nodeOf('Div', ['z', 'z'], ['q'], { name: 'q' }), nodeOf('Reshape', ['x', 'q'], ['a'])],
        outputs: ['a'],
      }),
      'runtime',
      /division by zero/,
    ],
    [
      '2^40 elements from a constant',
      fileOf({
        inputs: {},
        initializers: { s: int64s(2 ** 40) },
        nodes: [nodeOf('ConstantOfShape', ['s'], ['a'])],
        outputs: ['a'],
      }),
      'shape',
      /1099511627776 elements/,
    ],
    [
      'a tensor that doubles at every node',
      fileOf({
        inputs: x,
        nodes: Array.from({ length: 60 }, (_, i) =>
          nodeOf('Concat', [i === 0 ? 'x' : `a${i - 1}`, i === 0 ? 'x' : `a${i - 1}`], [`a${i}`], {
            ints: { axis: 0 },
          }),
        ),
        outputs: ['a59'],
      }),
      'shape',
      /too many/,
    ],
    [
      'parts without end',
      fileOf({
        opset: 18,
        inputs: x,
        nodes: [nodeOf('Split', ['x'], ['a'], { ints: { axis: 0, num_outputs: 2 ** 40 } })],
        outputs: ['a'],
      }),
      'format',
      /Split/,
    ],
    [
      '2^40 elements declared with no data',
      changed((model) => void (model.graph.initializer[0]!.dims = [2n ** 40n])),
      'format',
      /tensor w/,
    ],
    [
      'a negative size of a tensor',
      changed((model) => void (model.graph.initializer[0]!.dims = [-4n, 3n])),
      'format',
      /tensor w.*\[-4, 3\]/,
    ],
    [
      'an unknown element type',
      changed((model) => void (model.graph.initializer[0]!.dataType = 99)),
      'dtype',
      /w has elements of type 99/,
    ],
    [
      'weights in another file',
      changed((model) => void (model.graph.initializer[0]!.dataLocation = 1)),
      'format',
      /external data/,
    ],
    ['no opset at all', changed((model) => void (model.opsetImport = [])), 'format', /which version/],
    [
      'functions of its own',
      changed((model) => void model.functions.push(create(FunctionProtoSchema, { name: 'Swish' }))),
      'format',
      /Swish.*onnx\.inliner/,
    ],
    [
      'a node without an operator',
      changed((model) => void (model.graph.node[0]!.opType = '')),
      'format',
      /no operator/,
    ],
    [
      'graphs 200 deep',
      fileOf({
        inputs: { ...x, c: { dtype: 'bool', shape: [] } },
        nodes: nested(200).node,
        outputs: ['y200'],
      }),
      'format',
      /deep/,
    ],
    [
      'a length of 2 GB',
      Uint8Array.of(0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x07),
      'format',
      /declares 2147483647 bytes; 0 are left/,
    ],
    [
      'a name that is not UTF-8',
      Uint8Array.of(0x08, 8, 0x3a, 5, 0x12, 3, 0xff, 0xfe, 0xff),
      'format',
      /name at byte 6 is not UTF-8/,
    ],
  ])('%s', async (_, bytes, code, message) => {
    const error = await readOnnx(bytes).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

test('what would grow to gigabytes is refused before it is decoded', async () => {
  const before = process.memoryUsage().rss;
  // Three million empty nodes in six megabytes.
  const nodes = new Uint8Array(6_000_000).map((_, at) => (at % 2 === 0 ? 0x0a : 0));
  const head = [0x08, 8, 0x3a, 0x80, 0x9b, 0xee, 0x02];
  await expect(readOnnx(Uint8Array.from([...head, ...nodes]))).rejects.toThrow(/more than 1 GB/);
  expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
});

test('sizes with names that would double at every node are named anew', async () => {
  const nodes = Array.from({ length: 40 }, (_, i) => {
    const input = i === 0 ? 'x' : `a${i - 1}`;
    return nodeOf('Concat', [input, input], [`a${i}`], { ints: { axis: 0 } });
  });
  const { outputs } = await readOnnx(fileOf({ inputs: { x: float('N', 3) }, nodes, outputs: ['a39'] }));
  expect(String(outputs.a39?.shape[0]).length).toBeLessThan(300);
});
