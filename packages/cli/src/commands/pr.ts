import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Shell } from '../shell.ts';
import { type Conversation, pulls, talks } from './conversation.ts';
import { addComment } from './pr-comment.ts';
import { addList } from './pr-list.ts';
import { addMerge } from './pr-merge.ts';
import { addOpen } from './pr-open.ts';
import { addShow } from './pr-show.ts';
import { addClose, addReopen } from './pr-status.ts';
import { addUpdate } from './pr-update.ts';

const both = [addList, addShow, addOpen, addComment, addReopen, addClose];

export function addPr(program: Command, shell: Shell): void {
  add(program, shell, { about: pulls, summary: 'Pull requests: changes that others are asked to take over' });
}

export function addDiscussion(program: Command, shell: Shell): void {
  add(program, shell, { about: talks, summary: 'Discussions of a dataset or model' });
}

function add(
  program: Command,
  shell: Shell,
  { about, summary }: { about: Conversation; summary: string },
): void {
  const parent = group(program, about.group, summary);
  const commands = about.kind === 'pull' ? [...both, addUpdate, addMerge] : both;
  for (const addTo of commands) addTo(parent, shell, about);
}
