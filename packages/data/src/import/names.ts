/**
 * Column names that a table can carry: trimmed, never empty, no two alike (case does not tell names apart in SQL).
 * What had to be changed is said in `notes`.
 */
export function uniqueNames(given: readonly string[], file: string): { names: string[]; notes: string[] } {
  const taken = new Set<string>();
  const notes: string[] = [];
  const names = given.map((raw, index) => {
    const wanted = raw.trim() || `column_${index + 1}`;
    let name = wanted;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${wanted}_${n}`;
    taken.add(name.toLowerCase());
    if (name !== wanted)
      notes.push(`${file} has two columns called "${wanted}"; the later one is now "${name}"`);
    return name;
  });
  return { names, notes };
}
