import { os } from '../rpc.ts';
import { createSite, createSiteToken, listSites, readSite, updateSite } from './sites.ts';

export const siteRoutes = {
  create: os.sites.create.handler(({ input, context }) => createSite(context, input)),
  list: os.sites.list.handler(({ input, context }) => listSites(context, input)),
  get: os.sites.get.handler(({ input, context }) => readSite(context, input.name)),
  update: os.sites.update.handler(({ input, context }) => updateSite(context, input)),
  createToken: os.sites.createToken.handler(({ input, context }) => createSiteToken(context, input)),
};
