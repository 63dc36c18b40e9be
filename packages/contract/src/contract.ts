import { data } from './data.ts';
import { deployments } from './deployments.ts';
import { discussions } from './discussions.ts';
import { grants } from './grants.ts';
import { jobs, workerProtocol } from './jobs.ts';
import { ledger } from './ledger.ts';
import { metadata } from './metadata.ts';
import { people } from './people.ts';
import { members, organisations, projects } from './projects.ts';
import { repositories } from './repositories.ts';
import { algorithms, races, runs } from './runs.ts';
import { sites } from './sites.ts';
import { system } from './system.ts';
import { uploads } from './uploads.ts';
import { versions } from './versions.ts';

/** Every route of `/api/v1`: the server, the typed client, the OpenAPI document and the command line come from it. */
export const contract = {
  system,
  people,
  organisations,
  projects,
  members,
  grants,
  repositories,
  versions,
  discussions,
  data,
  uploads,
  metadata,
  algorithms,
  runs,
  races,
  jobs,
  worker: workerProtocol,
  sites,
  deployments,
  ledger,
};
export type Contract = typeof contract;
