import { createGraphOver, type GraphOptions } from './graph.ts';
import { operators } from './ops/table.ts';
import type { Graph } from './tensor.ts';

/** An empty graph over the engine's operators. */
export const createGraph = (options?: GraphOptions): Graph => createGraphOver(operators, options);
