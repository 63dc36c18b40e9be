import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { HubError } from '@banyan/contract';
import { and, eq } from 'drizzle-orm';
import { asDiskFull } from '../disk-files.ts';
import { type Watch, writeStream } from '../disk-writer.ts';
import { eachPiece } from '../pieces.ts';
import { ArrivingPart } from './arriving.ts';
import { findProgress, progressOf } from './progress.ts';
import { fileOf, openSession, partsOf, receivedParts, type SessionRow, type Stores } from './sessions.ts';
import { uploadParts } from './table.ts';

/**
 * Stores one part, numbered from 1; when it answers, the part is durable. Parts may come in any order and at the same
 * time. One that is here already is read and not written again. Throws BAD_INPUT when there is no such part or it has
 * another size than it must have, CHECKSUM when it is not `sha256`, DISK_FULL, NOT_FOUND, GONE.
 */
export async function putPart(
  services: Stores,
  id: string,
  number: number,
  body: Readable,
  { sha256 }: { sha256?: string | undefined } = {},
): Promise<void> {
  const session = await openSession(services, id);
  const parts = partsOf(session);
  if (!Number.isInteger(number) || number < 1 || number > parts)
    throw new HubError('BAD_INPUT', `There is no part ${number}: this upload has ${parts}, from 1.`, {
      field: 'number',
    });
  await oneAtATime(`${id} ${number}`, async () => {
    const check = checkPart(session, number, sha256);
    // Asked of the database, whatever is remembered: a part that is there may be hashed, and the file be the store's soon.
    const [there] = await services.db
      .select()
      .from(uploadParts)
      .where(and(eq(uploadParts.session, id), eq(uploadParts.number, number)));
    if (there) {
      await eachPiece(body, check.see);
      return check.end();
    }
    const progress =
      findProgress(id) ??
      progressOf({ ...session, file: fileOf(services, id) }, await receivedParts(services, id));
    const arriving = new ArrivingPart(progress, number);
    const watch: Watch = {
      see(piece, written) {
        check.see(piece);
        return arriving.see(piece, written);
      },
      end() {
        check.end();
        arriving.end();
      },
    };
    try {
      await writePart(services, session, number, body, watch);
    } catch (error) {
      arriving.fail();
      throw asDiskFull(error);
    }
    findProgress(id)?.note([number]);
  });
}

async function writePart(
  services: Stores,
  session: SessionRow,
  number: number,
  body: Readable,
  watch: Watch,
): Promise<void> {
  const { id } = session;
  const start = (number - 1) * session.partBytes;
  await writeStream(body, fileOf(services, id), { flags: 'r+', start, durable: true }, watch);
  // It may have been cancelled meanwhile.
  await openSession(services, id);
  await services.db.insert(uploadParts).values({ session: id, number }).onConflictDoNothing();
}

/** How long part `number` is, in bytes. */
const sizeOfPart = ({ sizeBytes, partBytes }: SessionRow, number: number): number =>
  Math.min(partBytes, sizeBytes - (number - 1) * partBytes);

/** Looks at a part as it comes: `see` lets never a byte too many pass, `end` fails when it is not the one announced. */
function checkPart(session: SessionRow, number: number, sha256: string | undefined) {
  const wanted = sizeOfPart(session, number);
  const hash: Hash | undefined = sha256 === undefined ? undefined : createHash('sha256');
  let size = 0;
  const wrongSize = (found: string) =>
    new HubError('BAD_INPUT', `Part ${number} has ${found} bytes; it must have ${wanted}.`, {
      field: 'body',
    });
  return {
    see(this: void, piece: Buffer): undefined {
      size += piece.length;
      if (size > wanted) throw wrongSize('more');
      hash?.update(piece);
    },
    end(this: void): void {
      if (size < wanted) throw wrongSize(String(size));
      const found = hash?.digest('hex');
      if (found !== sha256)
        throw new HubError('CHECKSUM', `Part ${number} arrived with the sha256 ${found}, not ${sha256}.`, {
          hint: 'Send it again.',
        });
    },
  };
}

const running = new Map<string, Promise<void>>();

/** Two clients that send the same part at once: the second waits and then finds it there. */
async function oneAtATime(key: string, work: () => Promise<void>): Promise<void> {
  const before = running.get(key);
  const mine = (before ?? Promise.resolve()).catch(() => {}).then(work);
  running.set(key, mine);
  try {
    await mine;
  } finally {
    if (running.get(key) === mine) running.delete(key);
  }
}
