/**
 * What crosses a wire: schemas, routes, error codes and the typed client. No server, no Node APIs: the hub, the
 * workers, the web app and the command line all stand on it.
 */
export * from './client.ts';
export * from './contract.ts';
export * from './csv.ts';
export * from './data.ts';
export * from './deployments.ts';
export * from './discussions.ts';
export * from './errors.ts';
export * from './grants.ts';
export * from './jobs.ts';
export * from './ledger.ts';
export * from './metadata.ts';
export * from './names.ts';
export * from './people.ts';
export * from './projects.ts';
export * from './repositories.ts';
export * from './runs.ts';
export * from './settings.ts';
export * from './sites.ts';
export type { Collected } from './system.ts';
export * from './tunnel.ts';
export * from './upload-client.ts';
export * from './uploads.ts';
export * from './versions.ts';
