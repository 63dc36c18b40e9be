import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { useMe } from '../lib/session.ts';
import { Button } from '../parts/button.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Form } from '../parts/form.tsx';
import { Page, Panel } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { emptyPerson, NewPersonFields } from '../parts/new-person-fields.tsx';
import { When } from '../parts/when.tsx';

/** Joining by invitation: with a new account, or with the one that is signed in. */
export function InvitationPage() {
  const { code } = useParams({ from: '/invite/$code' });
  const navigate = useNavigate();
  const me = useMe();
  const invitation = useQuery(api.people.invitation.queryOptions({ input: { code } }));
  const [person, setPerson] = useState(emptyPerson);
  const accept = useMutation(
    api.people.acceptInvitation.mutationOptions({
      onSuccess: async () => {
        await queryClient.resetQueries({ queryKey: api.people.me.key() });
        await navigate({ to: '/' });
      },
    }),
  );
  return (
    <div className="mx-auto max-w-md">
      <Page title="You are invited">
        <Loaded query={invitation}>
          {({ namespaceTitle, namespace, role, invitedBy, expiresAt }) => (
            <>
              <p>
                <strong>{invitedBy}</strong> invites you to{' '}
                <strong>{namespaceTitle ?? namespace ?? 'this hub'}</strong>
                {role !== undefined && <> as {role}</>}. The invitation holds for one person and ends{' '}
                <When at={expiresAt} />.
              </p>
              {me.data !== undefined ? (
                <div className="space-y-4">
                  <Button look="primary" busy={accept.isPending} onClick={() => accept.mutate({ code })}>
                    Join as {me.data.person.name}
                  </Button>
                  {accept.error !== null && <FailureNote error={accept.error} />}
                </div>
              ) : (
                <>
                  <Panel>
                    <Form
                      submit="Create my account and join"
                      busy={accept.isPending}
                      error={accept.error}
                      onSubmit={() => accept.mutate({ ...person, code })}
                    >
                      <NewPersonFields person={person} onChange={setPerson} />
                    </Form>
                  </Panel>
                  <p className="text-sm text-muted">
                    You have an account already?{' '}
                    <Link to="/sign-in" search={{ next: `/invite/${code}` }} className="text-link">
                      Sign in, then join
                    </Link>
                    .
                  </p>
                </>
              )}
            </>
          )}
        </Loaded>
      </Page>
    </div>
  );
}
