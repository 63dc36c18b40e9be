import { Link, useLocation } from '@tanstack/react-router';
import { describeFailure } from '../lib/failure.ts';
import { Button } from './button.tsx';

/** The hub's own words about what went wrong and what to do. */
export function FailureNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const { message, hint, field, signedOut } = describeFailure(error);
  const here = useLocation({ select: (location) => location.href });
  return (
    <div role="alert" className="rounded-lg border border-danger/40 bg-danger-soft px-4 py-3 text-sm">
      <p className="font-medium text-danger">
        {field !== undefined && <span className="font-mono">{field}: </span>}
        {message}
      </p>
      {hint !== undefined && <p className="mt-1 text-ink">{hint}</p>}
      {signedOut && (
        <p className="mt-2">
          <Link to="/sign-in" search={{ next: here }} className="text-link">
            Sign in
          </Link>
        </p>
      )}
      {retry !== undefined && !signedOut && (
        <Button small className="mt-2" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}
