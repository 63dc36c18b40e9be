import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../../e2e/python/environment.ts';
import { type Peer, startPeer } from '../peer.ts';

export const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const node = (file: string): [command: string, args: string[]] => [
  process.execPath,
  ['--disable-warning=ExperimentalWarning', here(file)],
];

export type PeerName = 'pytorch-eager' | 'pytorch-compile' | 'tfjs-wasm';

/** The programs that make the same steps, each in its own process. */
export const startOurs = (): Peer => startPeer('banyan', ...node('ours.ts'));

export async function startOther(name: PeerName): Promise<Peer> {
  if (name === 'tfjs-wasm') return startPeer(name, ...node('tfjs.ts'));
  const flags = name === 'pytorch-compile' ? ['--compile'] : [];
  return startPeer(name, await pythonEnvironment(), [here('pytorch.py'), ...flags]);
}
