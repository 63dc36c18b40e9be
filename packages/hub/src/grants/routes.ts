import { os } from '../rpc.ts';
import { decideGrant, requestGrant, revokeGrant } from './grants.ts';
import { listGrants } from './list.ts';

export const grantRoutes = {
  request: os.grants.request.handler(({ input, context }) => requestGrant(context, input)),
  list: os.grants.list.handler(({ input, context }) => listGrants(context, input)),
  decide: os.grants.decide.handler(({ input, context }) => decideGrant(context, input)),
  revoke: os.grants.revoke.handler(({ input, context }) => revokeGrant(context, input)),
};
