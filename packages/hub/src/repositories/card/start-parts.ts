import { stringify } from 'yaml';
import type { VersionFacts } from '../metadata/facts.ts';
import type { Activity } from '../metadata/provenance.ts';

/**
 * The YAML head. A field that is undefined is there as a comment that says how to fill it: an empty field would be
 * committed as it is. `'left out'` is what the word says.
 */
export function headOf(fields: Record<string, unknown>, asked: Record<string, string>): string {
  const lines = Object.entries(fields).map(([key, value]) => {
    if (value === 'left out' || (Array.isArray(value) && value.length === 0)) return '';
    if (value !== undefined) return stringify({ [key]: value }, { compat: 'yaml-1.1' });
    const how = asked[key];
    return how === undefined ? '' : `# ${key}: ${how}\n`;
  });
  return `---\n${lines.join('')}---\n`;
}

/** A heading with what stands below it; nothing when nothing does. */
export function section(title: string, parts: readonly string[]): string {
  const filled = parts.filter((part) => part.trim() !== '');
  return filled.length === 0 ? '' : [`## ${title}`, ...filled].join('\n\n');
}

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const used = head.map((title) => title !== '');
  const line = (cells: readonly string[]) => `| ${cells.filter((_, index) => used[index]).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
};

/** A text that stays in its cell of a table. */
export const cell = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[|`\\<]/g, '\\$&')
    .trim();

/** From which versions, by which job. */
export function provenanceLines({ sources, hubUrl }: VersionFacts, madeBy: Activity | undefined): string {
  const lines = sources.map(
    ({ path, revision, url }) => `- made from [${path}](${url}) at \`${revision.slice(0, 10)}\``,
  );
  if (madeBy) {
    const day = madeBy.finishedAt?.toISOString().slice(0, 10);
    lines.push(`- by “${madeBy.title}”, for ${madeBy.by}${day === undefined ? '' : `, on ${day}`}`);
    const { recipe, seed } = madeBy.parameters;
    if (madeBy.run)
      lines.push(`- [run ${madeBy.run.number}: ${madeBy.run.name}](${hubUrl}/runs/${madeBy.run.id})`);
    if (typeof seed === 'number') lines.push(`- seed ${seed}`);
    if (recipe !== undefined)
      return `${lines.join('\n')}\n\nThe recipe:\n\n\`\`\`yaml\n${stringify(recipe, { compat: 'yaml-1.1' })}\`\`\``;
  }
  return lines.join('\n');
}
