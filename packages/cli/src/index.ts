/** The command line as a function: tests and other programs run commands without a process of their own. */
export { run } from './run.ts';
export type { Shell } from './shell.ts';
