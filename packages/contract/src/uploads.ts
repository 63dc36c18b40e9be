import { z } from 'zod';
import { base } from './base.ts';
import { repositoryName, sha256, slug } from './names.ts';
import { repositoryKind } from './repositories.ts';

const at = z.object({ kind: repositoryKind, namespace: slug, name: repositoryName });
/** Contributors bring files for a commit; for a pull request whoever may read. */
const forCommit = at.extend({ pullRequest: z.boolean().default(false) });
const route = (path: string, summary: string) =>
  base.route({
    method: 'POST',
    path: `/repositories/{kind}/{namespace}/{name}${path}`,
    tags: ['repositories'],
    summary,
  });

/** What a client asks before it sends bytes. */
export const uploads = {
  present: route('/present', 'Which blobs need not be sent: a commit here may use them already')
    .input(forCommit.extend({ hashes: z.array(sha256).min(1).max(1000) }))
    .output(z.object({ hashes: z.array(sha256) })),
  xetToken: route('/xet-token', 'A token for sending chunks: the routes below /xet')
    .input(forCommit)
    .output(
      z.object({
        casUrl: z.string(),
        accessToken: z.string(),
        /** Seconds since 1970. */
        exp: z.number().int(),
      }),
    ),
};
