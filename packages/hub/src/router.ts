import { grantRoutes } from './grants/routes.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { organisationRoutes } from './organisations/routes.ts';
import { peopleRoutes } from './people/routes.ts';
import { memberRoutes, projectRoutes } from './projects/routes.ts';
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
  sites: siteRoutes,
  ledger: ledgerRoutes,
};
