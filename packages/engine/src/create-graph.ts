import { createGraphOver } from './graph.ts';
import { operators } from './ops/table.ts';
import type { Graph } from './tensor.ts';

/** An empty graph over the engine's operators. */
export const createGraph = (): Graph => createGraphOver(operators);
