import { os } from '../rpc.ts';
import { commitFiles } from './commits.ts';
import { readProfile } from './profiles.ts';
import { readCard, readExplanation, readHistory, readRefs, readTree, tagVersion } from './reading.ts';
import {
  createRepository,
  listRepositories,
  readRepository,
  removeRepository,
  updateRepository,
} from './repositories.ts';

export const repositoryRoutes = {
  create: os.repositories.create.handler(({ input, context }) => createRepository(context, input)),
  list: os.repositories.list.handler(({ input, context }) => listRepositories(context, input)),
  get: os.repositories.get.handler(({ input, context }) => readRepository(context, input)),
  update: os.repositories.update.handler(({ input, context }) => {
    const { kind, namespace, name, ...changes } = input;
    return updateRepository(context, { kind, namespace, name }, changes);
  }),
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
