import type { Discussion } from '@banyan/contract';
import type { Command } from 'commander';
import { usageError } from '../refusal.ts';
import { type At, type ModelOption, repositoryAt, repositoryLeaf } from '../repository-argument.ts';
import type { Shell } from '../shell.ts';

/** Pull requests and discussions are spoken of alike; what differs are the words. */
export interface Conversation {
  kind: Discussion['kind'];
  /** The command that gathers them. */
  group: 'pr' | 'discussion';
  called: string;
}
export const pulls: Conversation = { kind: 'pull', group: 'pr', called: 'pull request' };
export const talks: Conversation = { kind: 'discussion', group: 'discussion', called: 'discussion' };

/** Adds one command to the group of a kind. */
export type AddConversation = (parent: Command, shell: Shell, about: Conversation) => void;

/** A command about one of them: `usage` is its name and what follows the number. */
export const numberedLeaf = (
  parent: Command,
  { group, called }: Conversation,
  {
    name,
    rest = '',
    summary,
    example = '',
  }: { name: string; rest?: string; summary: string; example?: string },
): Command =>
  repositoryLeaf(parent, `${name} <repository> <number>${rest}`, `${summary} a ${called}`, [
    `${group} ${name} eth/penguins 3${example}`,
  ]);

export function discussionAt(path: string, number: string, options: ModelOption): At & { number: number } {
  const found = /^#?(\d{1,9})$/.exec(number)?.[1];
  if (found === undefined) throw usageError(`"${number}" is not a number.`, 'Find it by: list.');
  return { ...repositoryAt(path, options), number: Number(found) };
}
