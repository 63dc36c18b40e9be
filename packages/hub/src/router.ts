import { uploadRoutes } from './blobs/uploads/rpc-routes.ts';
import { dataRoutes } from './data/routes.ts';
import { deploymentRoutes } from './deployments/routes.ts';
import { discussionRoutes } from './discussions/routes.ts';
import { grantRoutes } from './grants/routes.ts';
import { jobRoutes, workerRoutes } from './jobs/routes.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { organisationRoutes } from './organisations/routes.ts';
import { peopleRoutes } from './people/routes.ts';
import { memberRoutes, projectRoutes } from './projects/routes.ts';
import { metadataRoutes } from './repositories/metadata/routes.ts';
import { repositoryRoutes, versionRoutes } from './repositories/routes.ts';
import { algorithmRoutes, raceRoutes, runRoutes } from './runs/routes.ts';
import { siteRoutes } from './sites/routes.ts';
import { systemRoutes } from './system.ts';

/** Every route of the contract with the rule that answers it. */
export const router = {
  system: systemRoutes,
  people: peopleRoutes,
  organisations: organisationRoutes,
  projects: projectRoutes,
  members: memberRoutes,
  grants: grantRoutes,
  repositories: repositoryRoutes,
  versions: versionRoutes,
  discussions: discussionRoutes,
  data: dataRoutes,
  uploads: uploadRoutes,
  metadata: metadataRoutes,
  algorithms: algorithmRoutes,
  runs: runRoutes,
  races: raceRoutes,
  jobs: jobRoutes,
  worker: workerRoutes,
  deployments: deploymentRoutes,
  sites: siteRoutes,
  ledger: ledgerRoutes,
};
