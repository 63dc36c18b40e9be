/**
 * Lends a machine to a hub: leases jobs over outbound HTTPS, computes each in a thread of its own, sends back what it
 * measured and made. Run `main.ts` as a process; this door is for those who embed a worker.
 */
export { announcedCatalogue } from './join.ts';
export { readSettings, SettingsError, type WorkerSettings } from './settings.ts';
export { runWorker } from './worker.ts';
