import { hash } from 'node:crypto';

/** The sha1 by which Git names bytes: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
export const gitOidOf = (bytes: Buffer): string =>
  hash('sha1', Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]));
