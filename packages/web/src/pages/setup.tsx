import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Page, Panel } from '../parts/layout.tsx';
import { emptyPerson, NewPersonFields } from '../parts/new-person-fields.tsx';

/** The first person becomes the hub's owner, with the one-time code from its console. */
export function SetupPage() {
  const search = useSearch({ from: '/setup' });
  const navigate = useNavigate();
  const [person, setPerson] = useState(emptyPerson);
  const [code, setCode] = useState(search.code ?? '');
  const setup = useMutation(
    api.people.setup.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries();
        await navigate({ to: '/' });
      },
    }),
  );
  return (
    <div className="mx-auto max-w-md">
      <Page title="Welcome to Banyan" lead="You are the first one here. Your account will own this hub.">
        <Panel>
          <Form
            submit="Create the owner's account"
            busy={setup.isPending}
            error={setup.error}
            onSubmit={() => setup.mutate({ ...person, code })}
          >
            {search.code === undefined && (
              <TextField
                label="Set-up code"
                value={code}
                onChange={setCode}
                required
                help="The hub printed it on its console when it started."
                mono
              />
            )}
            <NewPersonFields person={person} onChange={setPerson} />
          </Form>
        </Panel>
      </Page>
    </div>
  );
}
