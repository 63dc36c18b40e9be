import { z } from 'zod';
import { base } from './base.ts';
import { json, repositoryName, revision, slug } from './names.ts';
import { licence, repositoryKind } from './repositories.ts';

/** How a version is cited. `own` is what its authors ask for in their card. */
export const citation = z.object({
  title: z.string(),
  version: z.string(),
  commit: z.string(),
  creators: z.array(
    z.object({ name: z.string(), orcid: z.string().optional(), affiliations: z.array(z.string()) }),
  ),
  licences: z.array(licence),
  doi: z.string().optional(),
  bibtex: z.string(),
  apa: z.string(),
  /** CITATION.cff 1.2.0, in YAML. */
  cff: z.string(),
  /** Attributes of a DOI in DataCite's JSON (kernel 4.5), for a member of DataCite to register. */
  datacite: json,
  own: z.string().optional(),
});
export type Citation = z.infer<typeof citation>;

/** Something that a card's author should know; `line` counts from 1 in the whole README. */
export const cardProblem = z.object({ message: z.string(), line: z.number().int().optional() });
export type CardProblem = z.infer<typeof cardProblem>;

const at = z.object({ kind: repositoryKind, namespace: slug, name: repositoryName });
const atRevision = at.extend({ revision: revision.default('main') });
const one = '/repositories/{kind}/{namespace}/{name}';
const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  base.route({ method, path, tags: ['metadata'], summary });

/**
 * What others need to cite, index and keep a version. On plain routes beside: the same Croissant document at
 * `GET /api/datasets/{namespace}/{name}/croissant`, and a version with all its files as an RO-Crate at
 * `GET /api/export/{kind}/{namespace}/{name}/{revision}.zip`.
 */
export const metadata = {
  cite: route('GET', `${one}/citation`, 'BibTeX, APA, CITATION.cff and DataCite of a version')
    .input(atRevision)
    .output(citation),
  croissant: route('GET', `${one}/croissant`, 'A dataset version as Croissant 1.1 JSON-LD')
    .input(
      atRevision.extend({
        /** Where its files are: on this hub, or in the `folder` that the document will lie in. */
        addresses: z.enum(['hub', 'folder']).default('hub'),
      }),
    )
    .output(z.object({ croissant: json })),
  startCard: route('GET', `${one}/card/start`, 'A first README from what the hub knows; nothing is committed')
    .input(atRevision)
    .output(z.object({ markdown: z.string() })),
  checkCard: route('POST', '/card-check', 'What is wrong with a README, line by line')
    .input(z.object({ kind: repositoryKind, markdown: z.string().max(2_000_000) }))
    .output(
      z.object({
        errors: z.array(cardProblem),
        warnings: z.array(cardProblem),
        tags: z.array(z.string()),
        licences: z.array(licence),
      }),
    ),
};
