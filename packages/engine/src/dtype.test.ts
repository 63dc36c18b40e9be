import { expect, test } from 'vitest';
import { createGraph } from './create-graph.ts';
import { tensorData, toData } from './dtype.ts';
import { toOnnx } from './onnx.ts';
import { cast } from './operators.ts';
import { openSession } from './runtime/session.ts';

test('numbers become half floats as IEEE 754 and ONNX Runtime round them', async () => {
  const numbers = [
    0,
    -0,
    1,
    -2.5,
    0.1,
    65_504,
    65_520,
    2 ** -14,
    2 ** -24,
    2 ** -25,
    1e-7,
    2049,
    2051,
    Infinity,
  ];
  const graph = createGraph();
  const x = graph.input('x', 'float32', ['N']);
  const outputs = { half: cast(x, 'float16') };
  const session = await openSession(toOnnx(graph, { inputs: [x], outputs }), { threads: 1 });
  const { half } = await session.run({ x: tensorData('float32', [numbers.length], numbers) });
  await session.close();
  expect(half?.data).toEqual(toData(numbers, 'float16'));
  expect([...(toData([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -Infinity], 'bfloat16') as Uint16Array)]).toEqual([
    0x3f80, 0x3f80, 0x3f82, 0xff80,
  ]);
});
