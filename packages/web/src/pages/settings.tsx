import { useQuery } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import { useMe } from '../lib/session.ts';
import { Page, Section } from '../parts/layout.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { ProfileForm } from '../parts/profile-form.tsx';
import { Tokens } from '../parts/tokens.tsx';

export function SettingsPage() {
  const me = useMe();
  const tokens = useQuery(api.people.tokens.queryOptions());
  return (
    <Page title="Profile and tokens">
      <Section title="Profile">
        <Loaded query={me}>{({ person }) => <ProfileForm person={person} />}</Loaded>
      </Section>
      <Section title="Access tokens">
        <p className="max-w-prose text-sm text-muted">
          With a token the command line, Hugging Face, MLflow and OpenAI clients, and your own programs act in
          your name.
        </p>
        <Loaded query={tokens}>{(items) => <Tokens tokens={items} />}</Loaded>
      </Section>
    </Page>
  );
}
