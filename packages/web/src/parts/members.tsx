import { type Member, type Role, roles } from '@banyan/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { atLeast, useMe } from '../lib/session.ts';
import { Button } from './button.tsx';
import { CodeBlock } from './code-block.tsx';
import { FailureNote } from './failure-note.tsx';
import { SelectField } from './field.tsx';
import { Form } from './form.tsx';
import { Panel } from './layout.tsx';
import { PersonLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

const refresh = () => queryClient.invalidateQueries({ queryKey: api.key() });
const roleOptions = roles.map((role) => [role, role] as const);
const asRole = (text: string): Role => roles.find((role) => role === text) ?? 'reader';

/** The people of a project or organisation, and for its maintainers the means to change who they are. */
export function Members({ namespace, myRole }: { namespace: string; myRole: Role | undefined }) {
  const members = useQuery(api.members.list.queryOptions({ input: { namespace } }));
  const administers = atLeast(myRole, 'maintainer');
  return (
    <div className="space-y-6">
      <Loaded query={members}>
        {(items) => <MemberTable namespace={namespace} members={items} administers={administers} />}
      </Loaded>
      {administers && (
        <div className="grid gap-4 md:grid-cols-2">
          <AddMember namespace={namespace} />
          <Invite namespace={namespace} />
        </div>
      )}
    </div>
  );
}

function MemberTable({
  namespace,
  members,
  administers,
}: {
  namespace: string;
  members: readonly Member[];
  administers: boolean;
}) {
  const me = useMe().data?.person.username;
  const set = useMutation(api.members.set.mutationOptions({ onSuccess: refresh }));
  const remove = useMutation(api.members.remove.mutationOptions({ onSuccess: refresh }));
  const error = set.error ?? remove.error;
  return (
    <>
      {error !== null && <FailureNote error={error} />}
      <Table
        caption="Members"
        items={members}
        keyOf={(member) => member.username}
        columns={[
          {
            head: 'Name',
            render: (member) => <PersonLink username={member.username}>{member.name}</PersonLink>,
          },
          { head: 'Organisations', render: (member) => member.organisations.join(', ') || '–' },
          {
            head: 'Role',
            render: (member) =>
              administers && member.username !== me ? (
                <select
                  aria-label={`Role of ${member.name}`}
                  value={member.role}
                  onChange={(event) =>
                    set.mutate({ namespace, username: member.username, role: asRole(event.target.value) })
                  }
                  className="rounded border border-line bg-surface px-1.5 py-1"
                >
                  {roles.map((role) => (
                    <option key={role}>{role}</option>
                  ))}
                </select>
              ) : (
                member.role
              ),
          },
          { head: 'Since', render: (member) => <When at={member.since} /> },
          {
            head: <span className="sr-only">Remove</span>,
            render: (member) =>
              (administers || member.username === me) && (
                <Button
                  small
                  look="quiet"
                  onClick={() => {
                    const leaves = member.username === me;
                    if (
                      window.confirm(
                        leaves ? `Leave ${namespace}?` : `Remove ${member.name} from ${namespace}?`,
                      )
                    )
                      remove.mutate({ namespace, username: member.username });
                  }}
                >
                  {member.username === me ? 'Leave' : 'Remove'}
                </Button>
              ),
          },
        ]}
      />
    </>
  );
}

function AddMember({ namespace }: { namespace: string }) {
  const [username, setUsername] = useState('');
  const [role, setRole] = useState<Role>('contributor');
  const people = useQuery(api.people.list.queryOptions({ input: { limit: 200 } }));
  const add = useMutation(
    api.members.set.mutationOptions({
      onSuccess: async () => {
        setUsername('');
        await queryClient.invalidateQueries({ queryKey: api.key() });
      },
    }),
  );
  return (
    <Panel>
      <h3 className="mb-4 font-semibold">Add somebody of this hub</h3>
      <Form
        submit="Add"
        look="plain"
        busy={add.isPending}
        error={add.error}
        onSubmit={() => add.mutate({ namespace, username, role })}
      >
        <SelectField
          label="Person"
          value={username}
          required
          onChange={setUsername}
          options={[
            ['', 'Choose'],
            ...(people.data?.items ?? []).map(
              (one) => [one.username, `${one.name} (${one.username})`] as const,
            ),
          ]}
        />
        <SelectField
          label="Role"
          value={role}
          onChange={(text) => setRole(asRole(text))}
          options={roleOptions}
        />
      </Form>
    </Panel>
  );
}

/** An invitation link, for people without an account. Without a namespace it invites to the hub alone. */
export function Invite({ namespace }: { namespace?: string }) {
  const [role, setRole] = useState<Role>('contributor');
  const invite = useMutation(api.people.invite.mutationOptions());
  return (
    <Panel>
      <h3 className="mb-4 font-semibold">Invite somebody new</h3>
      <Form
        submit="Make an invitation link"
        look="plain"
        busy={invite.isPending}
        error={invite.error}
        onSubmit={() => invite.mutate(namespace === undefined ? {} : { namespace, role })}
      >
        {namespace !== undefined && (
          <SelectField
            label="Role"
            value={role}
            onChange={(text) => setRole(asRole(text))}
            options={roleOptions}
          />
        )}
        {invite.data !== undefined && (
          <CodeBlock
            label={`For one person, until ${new Date(invite.data.expiresAt).toLocaleDateString()}`}
            code={invite.data.url}
          />
        )}
      </Form>
    </Panel>
  );
}
