import { createSHA256 } from 'hash-wasm';

/** sha256 in lower-case hexadecimal digits. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Browsers give their own, which runs beside the page, to secure addresses only; a laboratory's hub may be at http://.
  if (globalThis.crypto.subtle === undefined) {
    const hash = await createSHA256();
    return hash.update(bytes).digest('hex');
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await blob.arrayBuffer());
