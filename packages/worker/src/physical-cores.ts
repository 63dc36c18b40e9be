import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * The cores this process may use, counting those that two hardware threads share once: numeric kernels fill a core, and
 * a second thread on it only waits. Where the machine does not tell, every hardware thread counts.
 */
export function physicalCores(cpuinfo = readCpuinfo()): number {
  const cores = new Set(
    cpuinfo.split(/\n\s*\n/).flatMap((processor) => {
      const field = (name: string) => new RegExp(`^${name}\\s*: (\\d+)$`, 'm').exec(processor)?.[1];
      const core = field('core id');
      return core === undefined ? [] : [`${field('physical id') ?? 0}/${core}`];
    }),
  );
  const allowed = availableParallelism();
  return cores.size === 0 ? allowed : Math.min(allowed, cores.size);
}

/** Linux has it; elsewhere there is nothing to read. */
function readCpuinfo(): string {
  if (process.platform !== 'linux') return '';
  return readFileSync('/proc/cpuinfo', 'utf8');
}
