import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Timed {
  /** Of each step. */
  ms: number[];
  /** What it took to get ready for the first. */
  openedMs?: number;
  /** The process's peak of resident memory so far. */
  peakBytes?: number;
}

/** A process that runs steps of a named case when asked, and says how long each took. */
export interface Peer {
  name: string;
  /** Throws what the peer says if it cannot run the case. */
  steps(name: string, count: number): Promise<Timed>;
  stop(): void;
}

export function startPeer(name: string, command: string, args: string[]): Peer {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    async steps(caseName, count) {
      child.stdin.write(`${JSON.stringify({ case: caseName, steps: count })}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} stopped while it ran ${caseName}`);
      const answer = JSON.parse(value) as Timed | { error: string };
      if ('error' in answer) throw new Error(`${name} cannot run ${caseName}: ${answer.error}`);
      return answer;
    },
    stop: () => child.kill(),
  };
}
