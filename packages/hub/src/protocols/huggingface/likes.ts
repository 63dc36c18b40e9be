import { z } from 'zod';
import { readInput } from '../../blobs/input.ts';
import type { Context } from '../../context.ts';
import { iso } from '../../db/present.ts';
import { listLiked, listLikers } from '../../likes/likes.ts';
import { type Address, atOf } from './addresses.ts';
import { pageSize } from './inputs.ts';

const query = z.object({ limit: pageSize(1000).default(500), cursor: z.string().max(40).optional() });

export async function readLikers(ctx: Context, address: Address, asked: unknown) {
  const { items, nextCursor } = await listLikers(ctx, atOf(address), readInput(query, asked));
  const users = items.map(({ username, name }) => ({
    user: username,
    fullname: name,
    avatarUrl: '/banyan.svg',
    isPro: false,
    type: 'user',
  }));
  return { items: users, next: nextCursor };
}

export async function readLiked(ctx: Context, username: string, asked: unknown) {
  const { items, nextCursor } = await listLiked(ctx, username, readInput(query, asked));
  const liked = items.map(({ kind, path, createdAt }) => ({
    createdAt: iso(createdAt),
    repo: { name: path, type: kind },
  }));
  return { items: liked, next: nextCursor };
}
