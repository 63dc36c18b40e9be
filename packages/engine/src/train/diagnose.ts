import { neededNodes, toOnnx } from '../onnx.ts';
import { type Feeds, openSession } from '../runtime/session.ts';
import type { Graph, Tensor, TensorData } from '../tensor.ts';

/** Values looked at in one run: few enough that they fit in memory side by side. */
const CHUNK = 100;

/**
 * Where the first NaN or infinity comes from, looking at feeds, then at every value on the way to `outputs` in order of
 * computation; undefined if all are finite. Runs the graph again in pieces, so it is for the moment of failure only.
 */
export async function findNonFinite(
  graph: Graph,
  feeds: Feeds,
  outputs: readonly Tensor[],
): Promise<string | undefined> {
  for (const [name, value] of Object.entries(feeds)) {
    const found = firstNonFinite(value);
    if (found !== undefined) return `${name}${found}`;
  }
  const values = neededNodes(graph, outputs).flatMap((node) =>
    node.outputs.filter((y) => y.dtype === 'float32'),
  );
  const parameters = new Set(graph.parameters.map((parameter) => parameter.name));
  for (let start = 0; start < values.length; start += CHUNK) {
    const chunk = values.slice(start, start + CHUNK);
    const inputs = graph.inputs.filter((input) => input.name in feeds);
    const initializers = new Map(Object.entries(feeds).filter(([name]) => parameters.has(name)));
    const session = await openSession(toOnnx(graph, { inputs, outputs: chunk, initializers }), {
      optimization: 'disabled',
    });
    try {
      const results = await session.run(
        Object.fromEntries(inputs.map(({ name }) => [name, feeds[name] as TensorData])),
      );
      for (const value of chunk) {
        const found = firstNonFinite(results[value.name] as TensorData);
        if (found !== undefined) return `${describe(value)}${found}`;
      }
    } finally {
      await session.close();
    }
  }
  return undefined;
}

/** As ` [3] = NaN`, the flat position of the first value that is not finite. */
function firstNonFinite({ dtype, data }: TensorData): string | undefined {
  if (dtype !== 'float32') return undefined;
  const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  return at < 0 ? undefined : ` [${at}] = ${(data as Float32Array)[at]}`;
}

const describe = ({ name, node }: Tensor): string =>
  node === undefined ? name : `${name} = ${node.type}(${node.inputs.map((input) => input.name).join(', ')})`;
