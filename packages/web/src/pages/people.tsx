import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { api } from '../lib/api.ts';
import { plural } from '../lib/format.ts';
import { useMe } from '../lib/session.ts';
import { Badge } from '../parts/badge.tsx';
import { TextField } from '../parts/field.tsx';
import { Empty, Page, Section } from '../parts/layout.tsx';
import { PersonLink } from '../parts/links.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Invite } from '../parts/members.tsx';
import { NewOrganisation } from '../parts/new-organisation.tsx';
import { Table } from '../parts/table.tsx';

export function PeoplePage() {
  const me = useMe();
  const [text, setText] = useState('');
  const search = useDeferredValue(text.trim());
  const organisations = useQuery(api.organisations.list.queryOptions({ input: { limit: 200 } }));
  const people = useQuery(
    api.people.list.queryOptions({
      input: { limit: 200, ...(search === '' ? {} : { search }) },
      placeholderData: (previous) => previous,
    }),
  );
  return (
    <Page title="People and organisations">
      <Section title="Organisations">
        <Loaded query={organisations}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No organisations yet">
                Found your university, company or laboratory below; it can then lend compute and share data.
              </Empty>
            ) : (
              <Table
                caption="Organisations"
                items={items}
                keyOf={(one) => one.slug}
                columns={[
                  {
                    head: 'Name',
                    render: (one) => (
                      <Link to="/organisations/$slug" params={{ slug: one.slug }} className="text-link">
                        {one.title}
                      </Link>
                    ),
                  },
                  { head: 'Kind', render: (one) => one.kind.replace('-', ' ') },
                  { head: 'Country', render: (one) => one.country ?? '–' },
                  { head: 'Members', render: (one) => plural(one.members, 'member') },
                  { head: 'My role', render: (one) => one.myRole ?? '–' },
                ]}
              />
            )
          }
        </Loaded>
        <NewOrganisation />
      </Section>
      <Section title="People">
        <div className="max-w-sm">
          <TextField label="Find by name or expertise" type="search" value={text} onChange={setText} />
        </div>
        <Loaded query={people}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="Nobody was found" />
            ) : (
              <ul className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
                {items.map((person) => (
                  <li key={person.username} className="min-w-0">
                    <p className="flex flex-wrap items-baseline gap-x-2">
                      <PersonLink username={person.username}>{person.name}</PersonLink>
                      <span className="text-sm text-muted">{person.username}</span>
                      {person.administrator && <Badge>owner of this hub</Badge>}
                    </p>
                    {person.expertise.length > 0 && (
                      <p className="text-sm text-muted">{person.expertise.join(', ')}</p>
                    )}
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
        {me.data?.person.administrator === true && (
          <div className="max-w-md pt-4">
            <Invite />
          </div>
        )}
      </Section>
    </Page>
  );
}
