import { os } from '../rpc.ts';
import { listLedger, verifyLedger } from './ledger.ts';

export const ledgerRoutes = {
  list: os.ledger.list.handler(({ input, context }) => listLedger(context, input)),
  verify: os.ledger.verify.handler(({ context }) => verifyLedger(context)),
};
