/**
 * A row's place in the random order: its number, scrambled one-to-one in 32 bits, so that no two rows share a place. (Three
 * multiplications and two shifts, as in MurmurHash3's finaliser.)
 */
export function scrambled(row: string, seed: number): string {
  const low = '4294967295::UBIGINT';
  const first = `((xor(CAST(${row} AS UBIGINT), ${seed}::UBIGINT) * 2654435769::UBIGINT) & ${low})`;
  const second = `((xor(${first}, ${first} >> 15) * 2246822519::UBIGINT) & ${low})`;
  return `((xor(${second}, ${second} >> 13) * 3266489917::UBIGINT) & ${low})`;
}
