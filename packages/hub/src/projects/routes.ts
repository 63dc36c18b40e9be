import { os } from '../rpc.ts';
import { readCredits } from './credits.ts';
import { listMembers, removeMember, setMember } from './members.ts';
import { createProject, listProjects, readProject, updateProject } from './projects.ts';

export const projectRoutes = {
  create: os.projects.create.handler(({ input, context }) => createProject(context, input)),
  list: os.projects.list.handler(({ input, context }) => listProjects(context, input)),
  get: os.projects.get.handler(({ input, context }) => readProject(context, input.slug)),
  update: os.projects.update.handler(({ input, context }) => updateProject(context, input)),
  credits: os.projects.credits.handler(({ input, context }) => readCredits(context, input.slug)),
};

export const memberRoutes = {
  list: os.members.list.handler(({ input, context }) => listMembers(context, input.namespace)),
  set: os.members.set.handler(({ input, context }) => setMember(context, input)),
  remove: os.members.remove.handler(({ input, context }) => removeMember(context, input).then(() => ({}))),
};
