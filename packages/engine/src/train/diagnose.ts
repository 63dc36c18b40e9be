import { neededNodes, toOnnx } from '../onnx.ts';
import { type Feeds, openSession, type SessionOptions } from '../runtime/session.ts';
import type { Graph, Tensor, TensorData } from '../tensor.ts';

/** Values looked at in one run: few enough that they fit in memory side by side. */
const CHUNK = 100;

/** Where the first number that is not finite stands. */
export interface NonFinite {
  /** As `Log_4 = Log(Relu_3) [0] = -Infinity, in the layer of w`. */
  description: string;
  /** The node that made it, or the feed that held it. */
  node: string;
  operator?: string;
  /** The parameter read nearest before it. */
  layer?: string;
}

/**
 * Where the first NaN or infinity comes from, looking at feeds, then at every value on the way to `outputs` in order of
 * computation; undefined if all are finite. Runs the graph again in pieces, so it is for the moment of failure only.
 */
export async function findNonFinite(
  graph: Graph,
  feeds: Feeds,
  outputs: readonly Tensor[],
  options: SessionOptions,
): Promise<NonFinite | undefined> {
  for (const [name, value] of Object.entries(feeds)) {
    const found = firstNonFinite(value);
    if (found !== undefined) return { description: `${name}${found}`, node: name };
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
      ...options,
      optimization: 'disabled',
    });
    try {
      const results = await session.run(
        Object.fromEntries(inputs.map(({ name }) => [name, feeds[name] as TensorData])),
      );
      for (const value of chunk) {
        const found = firstNonFinite(results[value.name] as TensorData);
        if (found !== undefined) return blameValue(value, found);
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

function blameValue(value: Tensor, found: string): NonFinite {
  const { name, node } = value;
  if (node === undefined) return { description: `${name}${found}`, node: name };
  const layer = layerOf(value);
  const formula = `${name} = ${node.type}(${node.inputs.map((input) => input.name).join(', ')})${found}`;
  return {
    description:
      layer === undefined ? `${formula}, before the first layer` : `${formula}, in the layer of ${layer}`,
    node: name,
    operator: node.type,
    ...(layer === undefined ? {} : { layer }),
  };
}

/**
 * The parameter that the fewest nodes lie between: a value belongs to the layer whose weights it was computed from, and
 * a gradient to the one whose weights it has just come through.
 */
export function layerOf(value: Tensor): string | undefined {
  const parameters = new Set<Tensor>(value.graph.parameters);
  const seen = new Set([value]);
  for (const tensor of seen) {
    if (parameters.has(tensor)) return tensor.name;
    for (const input of tensor.node?.inputs ?? []) seen.add(input);
  }
  return undefined;
}
