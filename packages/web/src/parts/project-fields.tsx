import type { Project } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { api } from '../lib/api.ts';
import { CheckField, SelectField } from './field.tsx';

type Visibility = Project['visibility'];

/** Who may see a project, and which organisations take part in it. */
export function ProjectFields({
  visibility,
  setVisibility,
  partners,
  setPartners,
}: {
  visibility: Visibility;
  setVisibility: (visibility: Visibility) => void;
  /** Slugs of organisations. */
  partners: readonly string[];
  setPartners: (partners: readonly string[]) => void;
}) {
  const organisations = useQuery(api.organisations.list.queryOptions({ input: { limit: 200 } }));
  const items = organisations.data?.items ?? [];
  return (
    <>
      <SelectField
        label="Who may see it"
        value={visibility}
        onChange={(value) => setVisibility(value === 'public' ? 'public' : 'private')}
        options={[
          ['private', 'Members only'],
          ['public', 'Everybody on this hub'],
        ]}
      />
      {items.length > 0 && (
        <fieldset className="space-y-2">
          <legend className="mb-1 text-sm font-medium">Organisations that take part</legend>
          {items.map(({ slug, title }) => (
            <CheckField
              key={slug}
              label={title}
              checked={partners.includes(slug)}
              onChange={(checked) =>
                setPartners(checked ? [...partners, slug] : partners.filter((one) => one !== slug))
              }
            />
          ))}
        </fieldset>
      )}
    </>
  );
}
