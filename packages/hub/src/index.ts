/** The hub as a library: what `main.ts` runs. */
export { type Config, readConfig } from './config.ts';
export { type RunningHub, runHub } from './hub.ts';
