import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { catalogue } from '@banyan/algorithms';
import { type AlgorithmInfo, jobKinds } from '@banyan/contract';
import { z } from 'zod';
import packageFile from '../package.json' with { type: 'json' };
import type { Crew } from './crew.ts';
import { toJson } from './to-json.ts';

export interface Membership {
  worker: string;
  site: string;
  leaseSeconds: number;
}

/** The algorithms this worker can train, as the hub shows them: the config as JSON Schema draws the form. */
export function announcedCatalogue(): AlgorithmInfo[] {
  return Object.values(catalogue).map((algorithm) => ({
    name: algorithm.name,
    title: algorithm.title,
    summary: algorithm.summary,
    formula: algorithm.formula,
    latex: algorithm.latex,
    goodFor: algorithm.goodFor,
    symbols: algorithm.symbols,
    paper: algorithm.paper,
    tasks: algorithm.tasks,
    kinds: algorithm.kinds,
    baseline: algorithm.baseline,
    metrics: algorithm.metrics,
    config: toJson(z.toJSONSchema(algorithm.config, { io: 'input' })),
  }));
}

/** Announces this worker: where it stands, what it can do. */
export async function join({ hub, settings }: Crew): Promise<Membership> {
  return hub.worker.register({
    ...(settings.site === undefined ? {} : { site: settings.site }),
    name: settings.name,
    version: packageFile.version,
    host: {
      os: `${type()} ${release()} ${arch()}`.slice(0, 60),
      cpu: (cpus()[0]?.model ?? 'unknown').slice(0, 120),
      cores: availableParallelism(),
      memoryBytes: totalmem(),
    },
    kinds: [...jobKinds],
    slots: settings.slots,
    catalogue: announcedCatalogue(),
  });
}
