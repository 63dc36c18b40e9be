import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that runs steps of a named case when asked, and says how long each took. */
export interface Peer {
  name: string;
  steps(name: string, count: number): Promise<number[]>;
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
      return (JSON.parse(value) as { ms: number[] }).ms;
    },
    stop: () => child.kill(),
  };
}
