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

/**
 * Whether a row is one of those that are looked at closely: this share of all rows and of any run of them. Multiples of the
 * golden ratio lie evenly between whole numbers (Knuth, The Art of Computer Programming 3, 6.4); it costs less for each
 * row than a place in the random order.
 * @param set chosen by another number are other rows
 */
export function isChosen(row: string, set: number, share: number): string {
  const place = `(CAST(${row} AS UBIGINT) * 2654435769::UBIGINT + ${set * 1_431_655_765}::UBIGINT) & 4294967295::UBIGINT`;
  return `(${place}) < ${Math.round(share * 2 ** 32)}`;
}
