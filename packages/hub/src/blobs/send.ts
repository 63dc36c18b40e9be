import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Services } from '../context.ts';
import { readBlob } from './read.ts';

/** What a browser may show in place. All else, and what could run a script (html, svg, xml), is a download. */
const shown: Record<string, string> = {
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  yaml: 'text/plain; charset=utf-8',
  json: 'application/json',
  jsonl: 'application/jsonl; charset=utf-8',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
};

/** Answers with a blob, or the part of it that was asked for. `etag` is what names its content, the sha256 by default. */
export const sendBlob = (
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  file: { sha256: string; sizeBytes: number; path: string; etag?: string },
): Promise<FastifyReply> =>
  sendContent(request, reply, { etag: file.sha256, ...file }, (range) =>
    readBlob(services, file.sha256, range),
  );

/**
 * Answers with bytes as HTTP has it: ranges, conditions (what the client has is not sent again), and to a HEAD all but the
 * bytes, which are not read.
 */
export async function sendContent(
  request: FastifyRequest,
  reply: FastifyReply,
  content: { etag: string; sizeBytes: number; path: string },
  read: (range: { start: number; end: number } | undefined) => Readable | Buffer | Promise<Readable>,
): Promise<FastifyReply> {
  const { sizeBytes, path } = content;
  const etag = `"${content.etag}"`;
  const name = path.split('/').at(-1) ?? path;
  const type = shown[name.split('.').at(-1)?.toLowerCase() ?? ''];
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'private, no-cache')
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('content-type', type ?? 'application/octet-stream');
  if (type === undefined)
    reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
  if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(etag)) return reply.status(304).send();

  const range = readRange(request, etag, sizeBytes);
  if (range === 'unsatisfiable')
    return reply
      .status(416)
      .header('content-range', `bytes */${sizeBytes}`)
      .header('content-length', 0)
      .send();
  // An empty stream, since without one the framework would tell a length of 0.
  const bytes = request.method === 'HEAD' ? Readable.from([]) : await read(range);
  if (!range) return reply.header('content-length', sizeBytes).send(bytes);
  return reply
    .status(206)
    .header('content-range', `bytes ${range.start}-${range.end}/${sizeBytes}`)
    .header('content-length', range.end - range.start + 1)
    .send(bytes);
}

/** One range, as RFC 9110 has it; several, or one of another version, are answered with the whole. */
function readRange(
  request: FastifyRequest,
  etag: string,
  sizeBytes: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const condition = request.headers['if-range'];
  if (condition !== undefined && condition !== etag) return undefined;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  return start > end || (first === '' && Number(last) === 0) ? 'unsatisfiable' : { start, end };
}
