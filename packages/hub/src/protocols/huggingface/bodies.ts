import { HubError } from '@banyan/contract';
import type { FastifyInstance } from 'fastify';

/** JSON bodies: the largest are lists of files to upload, each with a sample of its bytes. */
const bodyLimitBytes = 16 << 20;

/** JSON under each of its names, and forms, which Python's client sends to one route. */
export function acceptJson(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    /^application\/(json|vnd\.git-lfs\+json)/,
    { parseAs: 'string', bodyLimit: bodyLimitBytes },
    (request, body, done) => {
      if (body === '') done(null, undefined);
      else void parseJson(request, String(body), done);
    },
  );
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: bodyLimitBytes },
    (_request, body, done) => {
      const form = new URLSearchParams(String(body));
      const names = [...new Set(form.keys())];
      done(null, Object.fromEntries(names.map((name) => [name, oneOrMany(form.getAll(name))])));
    },
  );
  scope.addContentTypeParser('*', (_request, _payload, done) =>
    done(new HubError('BAD_INPUT', 'This route takes JSON.')),
  );
}

const oneOrMany = (values: string[]): string | string[] | undefined =>
  values.length === 1 ? values[0] : values;
