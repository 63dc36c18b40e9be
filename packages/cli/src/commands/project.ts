import { type Role, roles } from '@banyan/contract';
import { Argument, type Command } from 'commander';
import { collect, group, leaf, withHub } from '../command.ts';
import { everyPage } from '../every-page.ts';
import type { Shell } from '../shell.ts';
import { facts, table } from '../table.ts';

export function addProject(program: Command, shell: Shell): void {
  const project = group(program, 'project', 'Projects: one collaboration across organisations');

  leaf(project, 'create <slug>', 'Start a project; you become its owner', [
    'project create flora --title "Flora of two continents" --org eth --org unibe',
  ])
    .requiredOption('--title <title>', 'its name in full')
    .option('--description <text>', 'what it is about', '')
    .option('--public', 'everybody on the hub sees it')
    .option('--org <slug>', 'an organisation that takes part (repeatable)', collect, [])
    .action(
      withHub(
        shell,
        async (
          { hub, print },
          slug: string,
          options: { title: string; description: string; public?: boolean; org: string[] },
        ) => {
          const { title, description, org } = options;
          const visibility = options.public === true ? 'public' : 'private';
          const made = await hub.projects.create({
            slug,
            title,
            description,
            visibility,
            organisations: org,
          });
          print(made, `Made the ${made.visibility} project ${made.slug}. You are its owner.`);
        },
      ),
    );

  leaf(project, 'list', 'Projects I can see', ['project list']).action(
    withHub(shell, async ({ hub, print }) => {
      const all = await everyPage((cursor) => hub.projects.list(cursor));
      const rows = all.map((item) => [
        item.slug,
        item.title,
        item.visibility,
        `${item.members}`,
        item.myRole ?? '',
      ]);
      print(all, table(['name', 'title', 'visibility', 'members', 'my role'], rows));
    }),
  );

  leaf(project, 'show <slug>', 'One project and who contributed what', ['project show flora']).action(
    withHub(shell, async ({ hub, print }, slug: string) => {
      const [found, credits] = await Promise.all([
        hub.projects.get({ slug }),
        hub.projects.credits({ slug }),
      ]);
      const rows = credits.map((credit) => [
        credit.username ?? credit.organisation ?? '',
        `${credit.datasets}`,
        `${credit.recipes}`,
        `${credit.runs}`,
        `${credit.models}`,
        `${credit.reviews}`,
        credit.computeSeconds.toFixed(0),
      ]);
      const about = facts({
        project: `${found.slug} (${found.title})`,
        description: found.description,
        visibility: found.visibility,
        organisations: found.organisations.map((item) => item.slug).join(', '),
        members: found.members,
        'my role': found.myRole,
      });
      const head = ['contributor', 'datasets', 'recipes', 'runs', 'models', 'reviews', 'compute s'];
      print({ ...found, credits }, `${about}\n\n${table(head, rows)}`);
    }),
  );

  leaf(project, 'members <slug>', 'Members of a project or organisation', ['project members flora']).action(
    withHub(shell, async ({ hub, print }, namespace: string) => {
      const all = await hub.members.list({ namespace });
      const rows = all.map((item) => [item.username, item.name, item.role, item.organisations.join(', ')]);
      print(all, table(['person', 'name', 'role', 'organisations'], rows));
    }),
  );

  leaf(project, 'add <slug> <username>', 'Add a member to a project or organisation, or change their role', [
    'project add flora maria maintainer',
  ])
    .addArgument(new Argument('[role]', 'what they may do').choices(roles).default('contributor'))
    .action(
      withHub(shell, async ({ hub, print }, namespace: string, username: string, role: Role) => {
        const added = await hub.members.set({ namespace, username, role });
        print(added, `${added.username} is ${added.role} of ${namespace}.`);
      }),
    );
}
