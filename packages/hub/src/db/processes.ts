import { readFile } from 'node:fs/promises';

/** A process as /proc shows it. `started` (clock ticks since boot) tells it from a later one with the same number. */
export interface Process {
  pid: number;
  started: string;
  command: string[];
}

/** The living process with this number; undefined when it is dead, or a zombie that nobody has reaped yet. */
export async function findProcess(pid: number): Promise<Process | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces: count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || started === undefined) return undefined;
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return { pid, started, command };
  } catch {
    return undefined; // No such folder in /proc, or it went while it was read.
  }
}

/** Waits until a process is gone; answers whether it went within the time. */
export async function waitForEnd({ pid, started }: Process, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while ((await findProcess(pid))?.started === started) {
    if (Date.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
