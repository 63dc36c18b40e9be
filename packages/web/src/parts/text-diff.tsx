import { diffLines } from '../lib/diff-lines.ts';

/** A unified diff, line by line: the sign says what the colour repeats. */
export function TextDiff({ diff }: { diff: string }) {
  const lines = diffLines(diff);
  return (
    <pre className="max-h-[36rem] overflow-auto rounded-md border border-line bg-surface text-xs leading-relaxed">
      <code className="block w-max min-w-full py-1">
        {lines.map((line, index) => (
          <span key={index} className={`block px-3 ${toneOf(line)}`}>
            {line === '' ? ' ' : line}
          </span>
        ))}
      </code>
    </pre>
  );
}

function toneOf(line: string): string {
  if (line.startsWith('+')) return 'bg-accent-soft text-ink';
  if (line.startsWith('-')) return 'bg-danger-soft text-ink';
  return line.startsWith('@@') ? 'bg-sunken text-muted' : 'text-muted';
}
