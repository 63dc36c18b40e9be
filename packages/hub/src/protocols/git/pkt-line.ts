import { HubError } from '@banyan/contract';

/** Git's lines: four hexadecimal digits of length, then text. https://git-scm.com/docs/protocol-common */
export const line = (text: string | Buffer): Buffer => {
  const bytes = Buffer.isBuffer(text) ? text : Buffer.from(`${text}\n`);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
};
export const flush = Buffer.from('0000');
export const delimiter = Buffer.from('0001');

/** The longest a line can be, without its length and the number of its band. */
const mostInBand = 65_515;

/** Bytes of one band: 1 is the pack, 2 is what a person reads meanwhile. */
export function* inBand(band: 1 | 2, bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += mostInBand)
    yield line(Buffer.concat([Buffer.from([band]), bytes.subarray(start, start + mostInBand)]));
}

/** The lines of a request, without their ends; undefined where the delimiter is. Throws BAD_INPUT. */
export function readLines(body: Buffer): (string | undefined)[] {
  const lines: (string | undefined)[] = [];
  for (let at = 0; at < body.length; ) {
    const digits = body.toString('latin1', at, at + 4);
    const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    if (length === 0) return lines;
    if (length === 1) {
      lines.push(undefined);
      at += 4;
    } else if (length >= 4 && at + length <= body.length) {
      lines.push(body.toString('utf8', at + 4, at + length).replace(/\n$/, ''));
      at += length;
    } else throw new HubError('BAD_INPUT', "This is no request of Git's protocol.");
  }
  return lines;
}
