/**
 * Step times of the four algorithms against PyTorch (eager) and TensorFlow.js (wasm): a step is forward, backward and
 * AdamW on a fixed batch, two threads each. Ours and the peer take turns, round by round, each in its own process.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Figure, median } from '../figures.ts';
import { type Peer, startPeer } from '../peer.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const node = (file: string): [command: string, args: string[]] => [
  process.execPath,
  ['--disable-warning=ExperimentalWarning', here(file)],
];

/** Steps a round, and what the case is called in the table. */
const cases = {
  mlp: { title: 'MLP 784-512-256-10, batch 128', steps: 60, tfjsSteps: 4 },
  vae: { title: 'VAE 784-400-20, batch 128', steps: 60, tfjsSteps: 4 },
  lstm: { title: 'LSTM 256, T 64, batch 64', steps: 6, tfjsSteps: 1 },
  gpt: { title: 'GPT 4 x 256, context 128, batch 16', steps: 3, tfjsSteps: 1 },
};

export async function engine(say: (text: string) => void, quick: boolean): Promise<Figure[]> {
  const ours = startPeer('banyan', ...node('ours.ts'));
  const peers: Peer[] = [];
  const python = process.env['BANYAN_PYTHON'] ?? 'python3';
  if (spawnSync(python, ['-c', 'import torch']).status === 0)
    peers.push(startPeer('pytorch-eager', python, [here('pytorch.py')]));
  else say(`PyTorch is left out: "${python} -c 'import torch'" does not work here.`);
  peers.push(startPeer('tfjs-wasm', ...node('tfjs.ts')));
  const figures: Figure[] = [];
  try {
    for (const [name, { title, steps, tfjsSteps }] of Object.entries(cases))
      for (const peer of peers) {
        const slow = peer.name === 'tfjs-wasm';
        say(`${title} beside ${peer.name} ...`);
        figures.push(
          await compare(ours, peer, name, title, steps, slow ? tfjsSteps : steps, slow || quick ? 3 : 9),
        );
      }
  } finally {
    for (const peer of [ours, ...peers]) peer.stop();
  }
  return figures;
}

async function compare(
  ours: Peer,
  peer: Peer,
  name: string,
  title: string,
  steps: number,
  peerSteps: number,
  rounds: number,
) {
  await ours.steps(name, 3);
  await peer.steps(name, peer.name === 'tfjs-wasm' ? 1 : 3);
  const pairs: [number, number][] = [];
  for (let round = 0; round < rounds; round += 1)
    pairs.push([median(await ours.steps(name, steps)), median(await peer.steps(name, peerSteps))]);
  const ratios = pairs.map(([mine, other]) => mine / other);
  return {
    bench: 'engine',
    case: title,
    peer: peer.name,
    ratio: median(ratios),
    ours: median(pairs.map(([mine]) => mine)),
    theirs: median(pairs.map(([, other]) => other)),
    unit: 'ms',
    spread: [Math.min(...ratios), Math.max(...ratios)] as [number, number],
  };
}
