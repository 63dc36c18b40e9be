import * as schemas from '@banyan/contract';
import { contract } from '@banyan/contract';
import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import type { Config } from '../config.ts';
import { plainPaths } from './plain-paths.ts';

/** The OpenAPI 3.1 document: the contract's routes, and by hand the plain ones that carry bytes and foreign tongues. */
export async function openApiDocument({ version, publicUrl }: Config) {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const { paths, ...document } = await generator.generate(contract, {
    info: {
      title: 'Banyan',
      version,
      description:
        'Every refusal is `{ code, message, data?: { field, hint } }`; lists give `nextCursor` to pass as `cursor`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    security: [{ bearer: [] }],
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An access token, hf_...' } },
    },
    commonSchemas: {
      Person: { schema: schemas.person },
      Organisation: { schema: schemas.organisation },
      Project: { schema: schemas.project },
      Member: { schema: schemas.member },
      Repository: { schema: schemas.repository },
      Commit: { schema: schemas.commit },
      Terms: { schema: schemas.terms },
      Grant: { schema: schemas.grant },
      Run: { schema: schemas.run },
      Race: { schema: schemas.race },
      Job: { schema: schemas.job },
      Site: { schema: schemas.site },
      Worker: { schema: schemas.worker },
      Deployment: { schema: schemas.deployment },
      LedgerEntry: { schema: schemas.ledgerEntry },
    },
  });
  const below = Object.entries(paths ?? {}).map(([path, item]) => [`/api/v1${path}`, item]);
  return { ...document, paths: { ...Object.fromEntries(below), ...plainPaths } };
}
