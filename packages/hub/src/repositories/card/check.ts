import type { RepositoryKind } from '@banyan/contract';
import type { Context } from '../../context.ts';
import { signedIn } from '../../policy.ts';
import { parseCard } from './front-matter.ts';
import { findLicence } from './licences.ts';
import { cardTags } from './tags.ts';

/** What is wrong with a README that is being written, and what lists would show of it. */
export function checkCard(ctx: Context, { kind, markdown }: { kind: RepositoryKind; markdown: string }) {
  signedIn(ctx);
  const card = parseCard(markdown);
  const { license = [], license_name: name, license_link: link } = card.fields;
  return {
    errors: card.errors,
    warnings: card.warnings,
    tags: cardTags(kind, card),
    licences: license.map((id) =>
      findLicence(id, { ...(name !== undefined && { name }), ...(link !== undefined && { link }) }),
    ),
  };
}
