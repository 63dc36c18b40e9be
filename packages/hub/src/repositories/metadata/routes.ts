import { os } from '../../rpc.ts';
import { checkCard } from '../card/check.ts';
import { startCard } from '../card/start.ts';
import { cite, describeDataset } from './metadata.ts';

export const metadataRoutes = {
  cite: os.metadata.cite.handler(({ input, context }) => cite(context, input)),
  croissant: os.metadata.croissant.handler(async ({ input, context }) => ({
    croissant: await describeDataset(context, input, { local: input.addresses === 'folder' }),
  })),
  startCard: os.metadata.startCard.handler(({ input, context }) => startCard(context, input)),
  checkCard: os.metadata.checkCard.handler(({ input, context }) => checkCard(context, input)),
};
