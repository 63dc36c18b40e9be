import { refuse } from '@banyan/contract';

/** How much of a file is looked at in place; the rest is for a download. */
export const shownBytes = 200_000;

export interface FileText {
  text: string;
  /** Of the whole file. */
  sizeBytes: number;
  /** Whether there is more of it. */
  cut: boolean;
}

/** The head of a file as text; undefined when its bytes are no text. Throws HubError when it is refused. */
export async function readFileText(address: string, signal: AbortSignal): Promise<FileText | undefined> {
  const response = await fetch(address, { headers: { range: `bytes=0-${shownBytes - 1}` }, signal });
  // Nothing of an empty file can be asked for.
  if (response.status === 416) return { text: '', sizeBytes: 0, cut: false };
  await refuse(response);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const whole = Number(response.headers.get('content-range')?.split('/')[1] ?? bytes.length);
  const cut = whole > bytes.length;
  return isText(bytes) ? { text: decode(bytes, cut), sizeBytes: whole, cut } : undefined;
}

/** Text has no NUL and is UTF-8, but for a character that the cut went through. */
export function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, Math.max(0, bytes.length - 4)), {
      stream: true,
    });
    return true;
  } catch {
    return false;
  }
}

const decode = (bytes: Uint8Array, cut: boolean): string =>
  new TextDecoder().decode(bytes, { stream: cut }).replace(/\uFEFF/, '');
