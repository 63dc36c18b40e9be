import type { Project } from '@banyan/contract';
import { Link } from '@tanstack/react-router';
import { plural } from '../lib/format.ts';
import { Badge } from './badge.tsx';

export function ProjectList({ projects }: { projects: readonly Project[] }) {
  return (
    <ul className="grid gap-4 sm:grid-cols-2">
      {projects.map((project) => (
        <li key={project.slug}>
          <Link
            to="/projects/$slug"
            params={{ slug: project.slug }}
            className="block h-full rounded-lg border border-line bg-surface p-5 hover:border-accent"
          >
            <span className="flex items-baseline justify-between gap-3">
              <span className="font-serif text-lg font-semibold">{project.title}</span>
              {project.myRole !== undefined && <Badge>{project.myRole}</Badge>}
            </span>
            {project.description !== '' && (
              <span className="mt-1 line-clamp-2 text-sm text-muted">{project.description}</span>
            )}
            <span className="mt-3 block text-xs text-muted">
              {plural(project.members, 'member')}
              {project.organisations.length > 0 &&
                ` · ${project.organisations.map(({ title }) => title).join(', ')}`}
              {` · ${project.visibility}`}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
