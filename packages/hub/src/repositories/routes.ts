import { os } from '../rpc.ts';
import { commitFiles } from './commits.ts';
import { diffText, diffVersions } from './diff.ts';
import { moveRepository } from './moving.ts';
import { readProfile } from './profiles.ts';
import { countHistory, readCard, readExplanation, readHistory, readTree } from './reading.ts';
import { createBranch, readRefs, removeBranch, removeTag, tagVersion } from './refs.ts';
import {
  createRepository,
  listRepositories,
  readRepository,
  removeRepository,
  updateRepository,
} from './repositories.ts';
import { revertCommit } from './revert.ts';
import { squashBranch } from './squash.ts';

export const repositoryRoutes = {
  create: os.repositories.create.handler(({ input, context }) => createRepository(context, input)),
  list: os.repositories.list.handler(({ input, context }) => listRepositories(context, input)),
  get: os.repositories.get.handler(({ input, context }) => readRepository(context, input)),
  update: os.repositories.update.handler(({ input, context }) => {
    const { kind, namespace, name, ...changes } = input;
    return updateRepository(context, { kind, namespace, name }, changes);
  }),
  move: os.repositories.move.handler(({ input, context }) => moveRepository(context, input, input.to)),
  remove: os.repositories.remove.handler(({ input, context }) =>
    removeRepository(context, input).then(() => ({})),
  ),
  commit: os.repositories.commit.handler(({ input, context }) => commitFiles(context, input, input)),
  history: os.repositories.history.handler(({ input, context }) => readHistory(context, input)),
  tree: os.repositories.tree.handler(({ input, context }) => readTree(context, input)),
  refs: os.repositories.refs.handler(({ input, context }) => readRefs(context, input)),
  tag: os.repositories.tag.handler(({ input, context }) => tagVersion(context, input).then(() => ({}))),
  card: os.repositories.card.handler(({ input, context }) => readCard(context, input)),
  profile: os.repositories.profile.handler(({ input, context }) => readProfile(context, input)),
  explanation: os.repositories.explanation.handler(({ input, context }) => readExplanation(context, input)),
};

export const versionRoutes = {
  createBranch: os.versions.createBranch.handler(({ input, context }) => createBranch(context, input)),
  removeBranch: os.versions.removeBranch.handler(({ input, context }) =>
    removeBranch(context, input).then(() => ({})),
  ),
  removeTag: os.versions.removeTag.handler(({ input, context }) =>
    removeTag(context, input).then(() => ({})),
  ),
  squash: os.versions.squash.handler(({ input, context }) => squashBranch(context, input)),
  diff: os.versions.diff.handler(({ input, context }) => diffVersions(context, input)),
  textDiff: os.versions.textDiff.handler(({ input, context }) => diffText(context, input)),
  revert: os.versions.revert.handler(({ input, context }) => revertCommit(context, input)),
  count: os.versions.count.handler(({ input, context }) => countHistory(context, input)),
};
