import type { Json, Repository } from '@banyan/contract';
import { checkFields } from './fields.ts';
import { findLicence, sameLicence } from './licences.ts';

/** The licence of a repository: its field, or else what its card says. Where they differ, both are told. */
export function rightsOf(repository: {
  licence: string | null;
  card: Record<string, Json> | null;
}): Repository['rights'] {
  const { license, license_name: name, license_link: link } = checkFields(licenceOf(repository.card)).fields;
  const own = { ...(name !== undefined && { name }), ...(link !== undefined && { link }) };
  const [cardSays] = license ?? [];
  const field = repository.licence?.trim() || undefined;
  if (field === undefined) return cardSays === undefined ? undefined : findLicence(cardSays, own);
  if (cardSays === undefined) return findLicence(field);
  return sameLicence(field, cardSays) ? findLicence(field, own) : { ...findLicence(field), cardSays };
}

const licenceOf = (card: Record<string, Json> | null): Record<string, Json> =>
  Object.fromEntries(Object.entries(card ?? {}).filter(([key]) => key.startsWith('license')));
