/**
 * Gives the memory of bytes back at once; they are empty then. Collecting it as garbage takes longer than hashing the bytes,
 * because V8 looks through the whole heap for every 64 MB of them. Bytes that share their memory with others stay as they are.
 */
export function giveBack({ buffer, length }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length && length > 0) buffer.transfer(0);
}
