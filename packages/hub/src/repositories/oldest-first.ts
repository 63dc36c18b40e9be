/** Versions, each after the one that it was built on. */
export function oldestFirst<Row extends { id: string; parent: string | null }>(rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ordered = new Set<Row>();
  for (const row of rows) {
    const line: Row[] = [];
    for (let one: Row | undefined = row; one && !ordered.has(one); one = byId.get(one.parent ?? ''))
      line.push(one);
    for (const one of line.toReversed()) ordered.add(one);
  }
  return [...ordered];
}
