import type { Repository } from '@banyan/contract';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, queryClient } from '../lib/api.ts';
import { useMe } from '../lib/session.ts';
import { CheckField, SelectField, TextField } from './field.tsx';
import { Form } from './form.tsx';
import { GrantRequests } from './grant-requests.tsx';
import { Empty, Facts, Panel, Section } from './layout.tsx';
import { Loaded } from './loaded.tsx';
import { ShowMore } from './show-more.tsx';
import { TermsForm } from './terms-form.tsx';

/** The owner's terms, who was granted what, and asking for access. */
export function RepositoryAccess({ repository }: { repository: Repository }) {
  const { kind, terms, access, path } = repository;
  const on = kind === 'model' ? { model: path } : { dataset: path };
  const grants = useInfiniteQuery(
    api.grants.list.infiniteOptions({
      input: (cursor: string | undefined) => ({ ...on, ...(cursor === undefined ? {} : { cursor }) }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.nextCursor,
    }),
  );
  const items = grants.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Section title="Terms">
        {terms.text === '' ? (
          <p className="text-muted">The owner has written no terms.</p>
        ) : (
          <p className="max-w-prose whitespace-pre-line">{terms.text}</p>
        )}
        <Facts
          facts={[
            ['Purposes', terms.purposes.join('; ') || 'any'],
            ['Algorithms', terms.algorithms?.join(', ') ?? 'any'],
            ['Sites', terms.sites?.join(', ') ?? 'any'],
          ]}
        />
        {access.administer && <TermsForm repository={repository} />}
      </Section>
      {repository.visibility !== 'public' && (
        <Section title={access.administer ? 'Give access' : 'Ask for access'}>
          <AskForAccess repository={repository} />
        </Section>
      )}
      <Section title="Grants">
        <Loaded query={grants}>
          {() =>
            items.length === 0 ? (
              <Empty title="No grants">
                {access.administer
                  ? `Nobody has asked for this ${kind} yet.`
                  : `You and your projects hold none on this ${kind}.`}
              </Empty>
            ) : (
              <GrantRequests grants={items} />
            )
          }
        </Loaded>
        <ShowMore query={grants} />
      </Section>
    </>
  );
}

function AskForAccess({ repository }: { repository: Repository }) {
  const me = useMe().data;
  const administers = repository.access.administer;
  const [subject, setSubject] = useState('');
  const [purpose, setPurpose] = useState('');
  const [until, setUntil] = useState('');
  const [accepted, setAccepted] = useState(false);
  const request = useMutation(
    api.grants.request.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: api.key() }),
    }),
  );
  const subjects = [
    ...(me?.memberships ?? []).map(
      ({ namespace, kind, title }) => [`${kind}:${namespace}`, `${title} (${kind})`] as const,
    ),
    ...(me === undefined ? [] : [[`person:${me.person.username}`, 'Only me'] as const]),
  ];
  const chosen = subject === '' ? (subjects[0]?.[0] ?? '') : subject;
  const send = () => {
    const [kind, slug = ''] = chosen.split(':');
    request.mutate({
      resource: { kind: repository.kind, path: repository.path },
      subject: { kind: kind === 'project' || kind === 'organisation' ? kind : 'person', slug },
      purpose,
      acceptTerms: true,
      ...(until === '' ? {} : { until: new Date(`${until}T23:59:59`).toISOString() }),
    });
  };
  return (
    <Panel className="max-w-xl">
      <Form
        submit={request.isSuccess ? 'Done' : administers ? 'Give access' : 'Ask for access'}
        busy={request.isPending}
        error={request.error}
        onSubmit={send}
      >
        <SelectField
          label={administers ? 'To' : 'On behalf of'}
          value={chosen}
          onChange={setSubject}
          options={subjects}
        />
        <TextField
          label="Purpose"
          value={purpose}
          onChange={setPurpose}
          required
          minLength={3}
          rows={3}
          help="What you want to find out or build. The owner decides by it, and the ledger keeps it."
        />
        <TextField label="Until (optional)" type="date" value={until} onChange={setUntil} />
        <CheckField
          label="I have read the terms above and accept them."
          checked={accepted}
          onChange={setAccepted}
          required
        />
      </Form>
    </Panel>
  );
}
