import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Place } from '../lib/place.ts';

/** To another place of the repository that one looks at. */
export function PlaceLink({
  to,
  className = 'text-link',
  children,
}: {
  to: Place;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Link to="." search={to} resetScroll={false} className={className}>
      {children}
    </Link>
  );
}
