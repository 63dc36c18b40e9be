import { cpus } from 'node:os';

/** One comparison: `ratio` is our time divided by the peer's, the median over interleaved rounds. */
export interface Figure {
  bench: string;
  case: string;
  peer: string;
  ratio: number;
  ours: number;
  theirs: number;
  unit: string;
  /** Smallest and largest ratio of a round. */
  spread: [number, number];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function machine(): string {
  return `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}`;
}

const number = (value: number) => value.toPrecision(3);
const line = (cells: string[]) => `| ${cells.join(' | ')} |`;

/** The figures as a Markdown table. */
export function asTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.case,
    figure.peer,
    `${number(figure.ours)} ${figure.unit}`,
    `${number(figure.theirs)} ${figure.unit}`,
    number(figure.ratio),
    `${number(figure.spread[0])} to ${number(figure.spread[1])}`,
  ]);
  const header = ['case', 'peer', 'ours', 'theirs', 'ratio', 'spread'];
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
