import type { FastifyRequest } from 'fastify';

/** Git's clients know a name and a password alone: the token is the password. */
export async function passwordIsToken({ headers }: FastifyRequest): Promise<void> {
  const [, basic] = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (basic === undefined) return;
  const password = Buffer.from(basic, 'base64').toString('utf8').split(':').slice(1).join(':');
  headers.authorization = `Bearer ${password}`;
}
