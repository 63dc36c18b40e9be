/**
 * Peak memory of a process that makes a few steps of one network, runtime and all, against PyTorch eager; and the time
 * from nothing to a session that is ready (building graph and gradients, compiling).
 */
import type { BenchOptions } from '../bench.ts';
import { type Figure, median } from '../figures.ts';
import type { Peer } from '../peer.ts';
import { cases } from './cases.ts';
import { startOther, startOurs } from './peers.ts';

const STEPS = 5;

export async function memory({ say, quick, only }: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, { title }] of Object.entries(cases).filter(
    ([key]) => only.length === 0 || only.includes(key),
  )) {
    say(`${title} ...`);
    const pairs: { ours: Once; theirs: Once }[] = [];
    for (let round = 0; round < (quick ? 1 : 3); round += 1)
      pairs.push({
        ours: await once(startOurs(), name),
        theirs: await once(await startOther('pytorch-eager'), name),
      });
    const ratios = pairs.map(({ ours, theirs }) => ours.peakMb / theirs.peakMb);
    figures.push({
      bench: 'memory',
      case: title,
      peer: 'pytorch-eager',
      ratio: median(ratios),
      ours: median(pairs.map(({ ours }) => ours.peakMb)),
      theirs: median(pairs.map(({ theirs }) => theirs.peakMb)),
      unit: 'MB',
      spread: [Math.min(...ratios), Math.max(...ratios)],
    });
    say(`ready after ${median(pairs.map(({ ours }) => ours.openedMs)).toFixed(0)} ms`);
  }
  return figures;
}

interface Once {
  peakMb: number;
  openedMs: number;
}

async function once(peer: Peer, name: string): Promise<Once> {
  try {
    const { peakBytes = Number.NaN, openedMs = Number.NaN } = await peer.steps(name, STEPS);
    return { peakMb: peakBytes / 1e6, openedMs };
  } finally {
    peer.stop();
  }
}
