/** A row's moment as it crosses the wire. */
export const iso = (moment: Date): string => moment.toISOString();

/** `{ [key]: value }`, or nothing when the database had null: absence is `undefined` in the contract. */
export function given<K extends string, T>(key: K, value: T | null | undefined): { [P in K]?: T } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}
