import { Link } from '@tanstack/react-router';
import { Page } from './layout.tsx';

export function NotFound() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be mistyped, or what it named was removed.{' '}
        <Link to="/" className="text-link">
          Go to the start
        </Link>
        .
      </p>
    </Page>
  );
}
