import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, hubUrl, queryClient } from '../lib/api.ts';
import { Button } from './button.tsx';
import { CodeBlock } from './code-block.tsx';
import { FailureNote } from './failure-note.tsx';
import { SelectField, TextField } from './field.tsx';
import { Form } from './form.tsx';
import { Empty, Panel } from './layout.tsx';
import { Table } from './table.tsx';
import { When } from './when.tsx';

interface Token {
  id: string;
  name: string;
  scope: string;
  createdAt: string;
  expiresAt?: string | undefined;
  lastUsedAt?: string | undefined;
}
const refresh = () => queryClient.invalidateQueries({ queryKey: api.people.tokens.key() });

export function Tokens({ tokens }: { tokens: readonly Token[] }) {
  const revoke = useMutation(api.people.revokeToken.mutationOptions({ onSuccess: refresh }));
  return (
    <div className="space-y-6">
      {revoke.error !== null && <FailureNote error={revoke.error} />}
      {tokens.length === 0 ? (
        <Empty title="No tokens yet">Make one below for each program or machine that works for you.</Empty>
      ) : (
        <Table
          caption="Access tokens"
          items={tokens}
          keyOf={(token) => token.id}
          columns={[
            { head: 'Name', render: (token) => token.name },
            { head: 'May', render: (token) => (token.scope === 'write' ? 'read and write' : 'read') },
            { head: 'Made', render: (token) => <When at={token.createdAt} /> },
            {
              head: 'Last used',
              render: (token) => (token.lastUsedAt === undefined ? 'never' : <When at={token.lastUsedAt} />),
            },
            {
              head: 'Ends',
              render: (token) => (token.expiresAt === undefined ? 'never' : <When at={token.expiresAt} />),
            },
            {
              head: <span className="sr-only">Revoke</span>,
              render: (token) => (
                <Button
                  small
                  look="danger"
                  onClick={() => {
                    if (window.confirm(`Revoke ${token.name}? Programs that use it stop at once.`))
                      revoke.mutate({ id: token.id });
                  }}
                >
                  Revoke
                </Button>
              ),
            },
          ]}
        />
      )}
      <NewToken />
    </div>
  );
}

function NewToken() {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<'read' | 'write'>('write');
  const [days, setDays] = useState('90');
  const create = useMutation(
    api.people.createToken.mutationOptions({
      onSuccess: () => {
        setName('');
        return refresh();
      },
    }),
  );
  return (
    <Panel className="max-w-xl">
      <h3 className="mb-4 font-semibold">Make a token</h3>
      <Form
        submit="Make it"
        busy={create.isPending}
        error={create.error}
        onSubmit={() =>
          create.mutate({ name, scope, ...(days === '' ? {} : { expiresInDays: Number(days) }) })
        }
      >
        <TextField
          label="Name"
          value={name}
          onChange={setName}
          required
          help="What it is for: “laptop”, “cluster”, ..."
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            label="May"
            value={scope}
            onChange={(text) => setScope(text === 'read' ? 'read' : 'write')}
            options={[
              ['write', 'Read and write'],
              ['read', 'Read only'],
            ]}
          />
          <SelectField
            label="Ends after"
            value={days}
            onChange={setDays}
            options={[
              ['30', '30 days'],
              ['90', '90 days'],
              ['365', 'a year'],
              ['', 'never'],
            ]}
          />
        </div>
      </Form>
      {create.data !== undefined && (
        <div className="mt-6 space-y-3">
          <p className="text-sm font-medium">Copy it now: it is not shown again.</p>
          <CodeBlock label={create.data.name} code={create.data.token} />
          <CodeBlock
            label="For the command line"
            code={`npx banyan login ${hubUrl} --token ${create.data.token}`}
          />
        </div>
      )}
    </Panel>
  );
}
