import type { Person } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, queryClient } from '../lib/api.ts';
import { Button } from './button.tsx';

export function AccountMenu({ person }: { person: Person }) {
  const signOut = useMutation(
    api.people.signOut.mutationOptions({
      onSuccess: () => {
        // What the last person could see must not stay in this tab's memory.
        queryClient.clear();
        window.location.assign('/sign-in');
      },
    }),
  );
  return (
    <div className="flex items-center gap-1 text-sm whitespace-nowrap">
      <Link
        to="/settings"
        className="max-w-28 truncate rounded-md px-2 py-1.5 hover:bg-sunken"
        title="Profile, tokens"
        activeProps={{ className: 'text-accent font-medium' }}
      >
        {person.name}
      </Link>
      <Button small look="quiet" busy={signOut.isPending} onClick={() => signOut.mutate({})}>
        Sign out
      </Button>
    </div>
  );
}
