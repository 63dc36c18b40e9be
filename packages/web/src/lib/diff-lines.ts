/**
 * The lines of a unified diff from its first place on. Before it stand the names of the files; behind it `---` may be a line
 * of the file that begins with `--`.
 */
export function diffLines(diff: string): string[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const first = lines.findIndex((line) => line.startsWith('@@'));
  if (first < 0) return [];
  return lines.slice(first).filter((line) => !line.startsWith('\\'));
}
