import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { splitPath } from '../lib/repository.ts';

export function PersonLink({ username, children }: { username: string; children?: ReactNode }) {
  return (
    <Link to="/people/$username" params={{ username }} className="text-link">
      {children ?? username}
    </Link>
  );
}

export function RepositoryLink({
  kind,
  path,
  children,
}: {
  kind: 'dataset' | 'model';
  path: string;
  children?: ReactNode;
}) {
  return (
    <Link
      to={kind === 'dataset' ? '/datasets/$namespace/$name' : '/models/$namespace/$name'}
      params={splitPath(path)}
      className="text-link break-words"
    >
      {children ?? path}
    </Link>
  );
}

export function ProjectLink({ slug, children }: { slug: string; children?: ReactNode }) {
  return (
    <Link to="/projects/$slug" params={{ slug }} className="text-link">
      {children ?? slug}
    </Link>
  );
}

export function RunLink({ id, children }: { id: string; children: ReactNode }) {
  return (
    <Link to="/runs/$id" params={{ id }} className="text-link">
      {children}
    </Link>
  );
}
