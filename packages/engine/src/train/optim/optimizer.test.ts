/**
 * Every optimiser against PyTorch 2.13 over five steps, whose gradients are given. Its script (Lion, which PyTorch lacks,
 * is written there as in the paper's algorithm 2; Muon's iteration runs in single precision instead of bfloat16):
 *
 *     p0 = lambda size: torch.tensor([((5 * i) % 7 - 3) / 4 for i in range(size)])
 *     gradient = lambda size, t: torch.tensor([((7 * i + 3 * t) % 11 - 5) / 10 for i in range(size)])
 *     source = inspect.getsource(torch.optim._muon._zeropower_via_newtonschulz)
 *     exec(source.replace('grad.bfloat16()', 'grad.clone()'), torch.optim._muon.__dict__)
 *     p = torch.nn.Parameter(p0(6).reshape(shape)); optimizer = make([p])
 *     for t in range(5): p.grad = gradient(6, t).reshape(shape); optimizer.step()
 */
import { expect, test } from 'vitest';
import { createGraph } from '../../create-graph.ts';
import { mul, reduceSum } from '../../operators.ts';
import { createTrainer } from '../trainer.ts';
import { type OptimizerConfig, resolveOptimizer } from './optimizer.ts';

const values = (of: (i: number) => number): Float32Array => Float32Array.from({ length: 6 }, (_, i) => of(i));

test.each<[string, OptimizerConfig, [number, number], number[]]>([
  [
    'SGD(lr=0.1, momentum=0.9, weight_decay=0.1)',
    { kind: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 },
    [2, 3],
    [-0.4527998, 0.240012, 0.0237279, -0.5383003, 0.5862865, 0.3700024],
  ],
  [
    'SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1)',
    { kind: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 },
    [2, 3],
    [-0.3977048, 0.1805982, 0.0405772, -0.5051914, 0.5517677, 0.4117466],
  ],
  [
    'Adam(lr=0.1, betas=(0.8, 0.95), weight_decay=0.1)',
    { kind: 'adam', learningRate: 0.1, beta1: 0.8, beta2: 0.95, weightDecay: 0.1 },
    [2, 3],
    [-0.4503841, 0.1874254, 0.0906924, -0.5817642, 0.500361, 0.4453273],
  ],
  [
    'AdamW(lr=0.1, weight_decay=0.1)',
    { kind: 'adamw', learningRate: 0.1, weightDecay: 0.1 },
    [2, 3],
    [-0.441387, 0.1862921, 0.1042059, -0.6336753, 0.5204458, 0.4778759],
  ],
  [
    'Lion(lr=0.1, weight_decay=0.1)',
    { kind: 'lion', learningRate: 0.1, weightDecay: 0.1 },
    [2, 3],
    [-0.6171631, 0.1814156, 0.1000197, -0.5715348, 0.6171631, 0.531827],
  ],
  [
    "Muon(lr=0.1, adjust_lr_fn='match_rms_adamw') of a wide matrix",
    { kind: 'muon', learningRate: 0.1 },
    [2, 3],
    [-0.6417783, 0.3989415, -0.0105195, -0.5331068, 0.7281352, 0.3048084],
  ],
  [
    "Muon(lr=0.1, adjust_lr_fn='match_rms_adamw') of a tall matrix",
    { kind: 'muon', learningRate: 0.1 },
    [3, 2],
    [-0.6638559, 0.4363355, 0.0316607, -0.5007951, 0.7118249, 0.2473981],
  ],
])('%s', async (_, optimizer, shape, expected) => {
  const graph = createGraph();
  const g = graph.input('g', 'float32', shape);
  const w = graph.parameter('w', shape, () => values((i) => (((5 * i) % 7) - 3) / 4));
  const trainer = await createTrainer(
    { graph, inputs: [g], loss: reduceSum(mul(w, g)), measures: {} },
    {
      optimizer,
      seed: 0,
      ...(optimizer.kind === 'muon' ? { groups: [{ match: 'w', optimizer: 'muon' as const }] } : {}),
    },
  );
  for (let t = 0; t < 5; t++) await trainer.step({ g: values((i) => (((7 * i + 3 * t) % 11) - 5) / 10) });
  const found = Array.from(trainer.parameters().get('w')?.data as Float32Array);
  await trainer.close();
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5);
});

test.each<[OptimizerConfig, string]>([
  [{ kind: 'adamw', learningRate: -1 }, 'learningRate must be a number from 0 up, not -1'],
  [{ kind: 'adamw', learningRate: 1, weightDecay: Number.NaN }, 'weightDecay must be'],
  [{ kind: 'adam', learningRate: 1, beta1: 1 }, 'beta1 must lie in [0, 1), not 1'],
  [{ kind: 'sgd', learningRate: 1, momentum: -0.1 }, 'momentum must lie in [0, 1), not -0.1'],
])('%j is refused', (config, message) => expect(() => resolveOptimizer(config)).toThrow(message));
