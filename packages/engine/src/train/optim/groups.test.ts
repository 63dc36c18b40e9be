import { expect, test } from 'vitest';
import { createGraph } from '../../create-graph.ts';
import { ones, zeros } from '../../initializers.ts';
import { embedding, linear } from '../../layers/dense.ts';
import { add, gemm, matmul, relu, transpose } from '../../operators.ts';
import type { Graph } from '../../tensor.ts';
import { groupParameters, type ParameterGroup } from './groups.ts';
import { hiddenMatrices } from './hidden-matrices.ts';
import { type OptimizerConfig, resolveOptimizer } from './optimizer.ts';

/** A model with a table, positions, two hidden matrices, one of them [out, in], a scale, and a last matrix. */
function model(): Graph {
  const graph = createGraph();
  const ids = graph.input('ids', 'int32', [2]);
  const table = graph.parameter('tokens.weight', [7, 4], ones);
  let h = add(embedding(table, ids), graph.parameter('positions', [2, 4], ones));
  h = relu(linear(h, graph.parameter('h.0.weight', [4, 3], ones), graph.parameter('h.0.bias', [3], zeros)));
  h = gemm(h, graph.parameter('h.1.weight', [4, 3], ones), undefined, { transB: true });
  h = matmul(h, transpose(graph.parameter('h.2.weight', [4, 4], ones)));
  linear(h, graph.parameter('head.weight', [4, 7], ones));
  return graph;
}

function grouped(optimizer: OptimizerConfig, groups: ParameterGroup[]) {
  const { parameters } = model();
  const hidden = hiddenMatrices(parameters[0]!.graph, parameters);
  const treated = groupParameters(parameters, resolveOptimizer(optimizer), groups, hidden);
  return treated.map(({ parameters, ...treatment }) => ({
    ...treatment,
    names: parameters.map(({ name }) => name),
  }));
}

test('without groups, matrices decay and the rest does not', () => {
  expect(grouped({ kind: 'adamw', learningRate: 1 }, [])).toEqual([
    {
      kind: 'adamw',
      rateFactor: 1,
      weightDecay: 0.01,
      names: ['tokens.weight', 'positions', 'h.0.weight', 'h.1.weight', 'h.2.weight', 'head.weight'],
    },
    { kind: 'adamw', rateFactor: 1, weightDecay: 0, names: ['h.0.bias'] },
  ]);
});

test('the first group that matches decides: by module, pattern or function', () => {
  const groups: ParameterGroup[] = [
    { match: 'h.0', rateFactor: 0.5 },
    { match: /^h\./, weightDecay: 0.3 },
    { match: (name) => name.startsWith('h') || name === 'positions', rateFactor: 0 },
  ];
  const found = grouped({ kind: 'sgd', learningRate: 1, weightDecay: 0.1 }, groups);
  expect(found.map(({ names, rateFactor, weightDecay }) => [names, rateFactor, weightDecay])).toEqual([
    [['tokens.weight'], 1, 0.1],
    [['positions', 'head.weight'], 0, 0.1],
    [['h.0.weight'], 0.5, 0.1],
    [['h.0.bias'], 0.5, 0],
    [['h.1.weight', 'h.2.weight'], 1, 0.3],
  ]);
});

const namesOf = (groups: ParameterGroup[]) =>
  grouped({ kind: 'muon', learningRate: 1 }, groups).find(({ kind }) => kind === 'muon')?.names;

test('muon takes the matrices of hidden layers, adamw tables, the last matrix and vectors', () => {
  expect(namesOf([])).toEqual(['h.0.weight', 'h.1.weight', 'h.2.weight']);
  expect(namesOf([{ match: 'h.1', optimizer: 'adamw' }])).toEqual(['h.0.weight', 'h.2.weight']);
  expect(namesOf([{ match: 'head', optimizer: 'muon' }])).toContain('head.weight');
});

test.each<[OptimizerConfig['kind'], ParameterGroup, string]>([
  ['sgd', { match: 'h.9' }, 'no trainable parameter belongs to the group h.9'],
  ['sgd', { match: 'h.0', rateFactor: -1 }, 'from 0 up, not -1'],
  ['adamw', { match: 'h.0', optimizer: 'muon' }, 'chooses muon, but the optimizer is adamw'],
  ['muon', { match: 'h.0', optimizer: 'muon' }, 'h.0.bias of the group h.0 is none'],
])('for %s, %j is refused', (kind, group, message) => {
  expect(() => grouped({ kind, learningRate: 1 }, [group])).toThrow(message);
});
