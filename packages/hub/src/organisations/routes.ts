import { os } from '../rpc.ts';
import { createOrganisation, listOrganisations, readOrganisation } from './organisations.ts';

export const organisationRoutes = {
  create: os.organisations.create.handler(({ input, context }) => createOrganisation(context, input)),
  list: os.organisations.list.handler(({ input, context }) => listOrganisations(context, input)),
  get: os.organisations.get.handler(({ input, context }) => readOrganisation(context, input.slug)),
};
