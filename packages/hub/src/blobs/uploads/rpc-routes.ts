import { authorizeRepository } from '../../policy.ts';
import { pathOf } from '../../repositories/store.ts';
import { os } from '../../rpc.ts';
import { issueXetToken } from '../xet/tokens.ts';
import { findPresent } from './present.ts';

export const uploadRoutes = {
  present: os.uploads.present.handler(async ({ input, context }) => ({
    hashes: await findPresent(context, input, input),
  })),
  xetToken: os.uploads.xetToken.handler(async ({ input, context }) => {
    const repository = await authorizeRepository(
      context,
      input.kind,
      pathOf(input),
      input.pullRequest ? 'read' : 'write',
    );
    return issueXetToken(context, { repository, write: input.pullRequest ? 'pull' : true });
  }),
};
