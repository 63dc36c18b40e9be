import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import { issueXetToken } from '../../blobs/xet/tokens.ts';
import type { Context } from '../../context.ts';
import { type Address, open } from './addresses.ts';
import { flag } from './inputs.ts';

/** The right to speak to the store of chunks for one repository, for a while. Who may open a pull request may bring bytes. */
export async function xetToken(ctx: Context, address: Address, query: unknown, use: 'read' | 'write') {
  const { create_pr: pullRequest } = readInput(z.object({ create_pr: flag }), query);
  const access = await open(ctx, address, use === 'read' || pullRequest ? 'read' : 'write');
  return issueXetToken(ctx, { repository: access, write: use === 'write' });
}
