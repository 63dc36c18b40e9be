/**
 * Byte-level text, as GPT-2 has it (Radford et al., 2019): every byte is written as one printable character, so that
 * any text is a string over an alphabet of 256 and nothing is ever unknown.
 */

/** The character for each byte: itself if printable in Latin-1, else the next free one from U+0100 on. */
export const byteCharacters: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCodePoint(printable ? byte : next++);
  });
})();

/** GPT-2's pattern: contractions, then words, numbers and signs with the space before them, then other white space. */
export const wordPattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** A word as its bytes' characters. */
export function toByteCharacters(word: string): string {
  let text = '';
  for (const byte of Buffer.from(word, 'utf8')) text += byteCharacters[byte];
  return text;
}

const byteOf = new Map(byteCharacters.map((character, byte) => [character, byte]));

/** The text that byte characters stand for; what is none of them stays. */
export function textOfBytes(characters: string): string {
  const parts = Array.from(characters, (character) => {
    const byte = byteOf.get(character);
    return byte === undefined ? Buffer.from(character) : Uint8Array.of(byte);
  });
  return Buffer.concat(parts).toString('utf8');
}
