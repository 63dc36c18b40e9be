/**
 * Step times of the networks against PyTorch (eager and compiled) and TensorFlow.js (wasm): a step is forward, backward
 * and AdamW on a fixed batch, two threads each. Ours and the peer take turns, round by round, each in its own process.
 */
import type { BenchOptions } from '../bench.ts';
import { type Figure, median } from '../figures.ts';
import type { Peer } from '../peer.ts';
import { type Case, cases } from './cases.ts';
import { type PeerName, startOther, startOurs } from './peers.ts';

const peerNames: readonly PeerName[] = ['pytorch-eager', 'pytorch-compile', 'tfjs-wasm'];

export async function engine({ say, quick, only, peer: wanted }: BenchOptions): Promise<Figure[]> {
  const ours = startOurs();
  const figures: Figure[] = [];
  try {
    for (const name of peerNames.filter((name) => wanted.length === 0 || wanted.includes(name))) {
      const peer = await startOther(name);
      try {
        for (const [key, one] of Object.entries(cases).filter(
          ([key]) => only.length === 0 || only.includes(key),
        )) {
          say(`${one.title} beside ${name} ...`);
          const rounds = name === 'tfjs-wasm' || quick ? 3 : 9;
          const figure = await compare(ours, peer, key, one, rounds).catch((error: Error) => {
            say(`left out: ${error.message}`);
            return undefined;
          });
          if (figure !== undefined) figures.push(figure);
        }
      } finally {
        peer.stop();
      }
    }
  } finally {
    ours.stop();
  }
  return figures;
}

async function compare(
  ours: Peer,
  peer: Peer,
  name: string,
  { title, steps, tfjsSteps }: Case,
  rounds: number,
): Promise<Figure> {
  const slow = peer.name === 'tfjs-wasm';
  await ours.steps(name, 3);
  await peer.steps(name, slow ? 1 : 3);
  const pairs: [number, number][] = [];
  for (let round = 0; round < rounds; round += 1)
    pairs.push([
      median((await ours.steps(name, steps)).ms),
      median((await peer.steps(name, slow ? tfjsSteps : steps)).ms),
    ]);
  const ratios = pairs.map(([mine, other]) => mine / other);
  return {
    bench: 'engine',
    case: title,
    peer: peer.name,
    ratio: median(ratios),
    ours: median(pairs.map(([mine]) => mine)),
    theirs: median(pairs.map(([, other]) => other)),
    unit: 'ms',
    spread: [Math.min(...ratios), Math.max(...ratios)],
  };
}
