import type { HubApi } from '@banyan/contract';
import type { WorkerSettings } from './settings.ts';

/** What every part of a running worker needs: how to reach the hub, and how to speak to the console. */
export interface Crew {
  hub: HubApi;
  settings: WorkerSettings;
  /** Prints a line for the person who watches the worker. Never given a token. */
  say: (line: string) => void;
}

export type Lease = NonNullable<Awaited<ReturnType<HubApi['worker']['lease']>>['lease']>;
