import { useMutation, useQuery } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { safeNext } from '../lib/safe-next.ts';
import { TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Page, Panel } from '../parts/layout.tsx';

export function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const router = useRouter();
  const info = useQuery(api.system.info.queryOptions());
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation(
    api.people.signIn.mutationOptions({
      onSuccess: async () => {
        await queryClient.resetQueries();
        router.history.push(safeNext(next));
      },
    }),
  );
  return (
    <div className="mx-auto max-w-md">
      <Page
        title="Sign in"
        lead="Data, compute, algorithms and people of several institutions, under one canopy."
      >
        {info.data?.needsSetup === true && (
          <p className="rounded-lg bg-warning-soft p-4 text-sm">
            This hub has no owner yet. Open the set-up link that it printed on its console when it started.
          </p>
        )}
        <Panel>
          <Form
            submit="Sign in"
            busy={signIn.isPending}
            error={signIn.error}
            onSubmit={() => signIn.mutate({ username: username.trim(), password })}
          >
            <TextField
              label="User name"
              value={username}
              onChange={setUsername}
              required
              autoComplete="username"
            />
            <TextField
              label="Password"
              type="password"
              value={password}
              onChange={setPassword}
              required
              autoComplete="current-password"
            />
          </Form>
        </Panel>
        <p className="text-sm text-muted">
          No account? Accounts come by invitation: ask somebody of your project, or this hub’s owner.
        </p>
      </Page>
    </div>
  );
}
