import { EngineError } from './error.ts';
import { formatShape } from './shape.ts';
import type { GraphNode } from './tensor.ts';

/** Does an operator's work for a node; what it throws becomes an error that names operator, node and shapes. */
export function blame<T>(node: GraphNode, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof EngineError && cause.operator !== undefined) throw cause;
    const code = cause instanceof EngineError ? cause.code : 'shape';
    const inputs = node.inputs.map(({ name, dtype, shape }) => `${name} ${dtype}${formatShape(shape)}`);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(code, `${node.type} (node ${node.name}): ${reason}. Inputs: ${inputs.join(', ')}`, {
      operator: node.type,
      node: node.name,
      shapes: node.inputs.map((input) => input.shape),
      cause,
    });
  }
}
