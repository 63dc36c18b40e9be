import { issueXetToken } from '../../blobs/xet/tokens.ts';
import type { Context } from '../../context.ts';
import { type Address, open } from './addresses.ts';
import { isProposal } from './inputs.ts';

/** The right to speak to the store of chunks for one repository, for a while. Who may propose may bring bytes. */
export async function xetToken(ctx: Context, address: Address, query: unknown, use: 'read' | 'write') {
  const proposed = isProposal(address, query);
  const access = await open(ctx, address, use === 'read' || proposed ? 'read' : 'write');
  const write = use === 'write' && (access.write || (proposed && 'pull'));
  return issueXetToken(ctx, { repository: access, write });
}
