import { formatBytes, formatDuration } from './amounts.ts';
import type { Shell } from './shell.ts';

export interface ProgressState {
  /** What happens now, as `training` or `uploading`. */
  phase: string;
  done: number;
  /** Absent while unknown. */
  total?: number;
  unit: 'steps' | 'rows' | 'bytes';
  /** Shown at the end of the line, as `loss 0.123`. */
  remark?: string;
}

/** `training  ███████░░░░░  58%  580/1000 steps  120 steps/s  ETA 4 s  loss 0.123` */
export function formatProgress(state: ProgressState, perSecond: number | undefined, columns = 80): string {
  const { phase, done, total, unit, remark } = state;
  const amount = (value: number): string =>
    unit === 'bytes' ? formatBytes(value) : String(Math.round(value));
  const parts = [phase];
  if (total !== undefined && total > 0) {
    const share = Math.min(1, done / total);
    parts.push(
      bar(share, columns >= 100 ? 24 : 12),
      `${Math.min(100, Math.floor((done * 100) / total))}%`.padStart(4),
    );
    parts.push(
      unit === 'bytes' ? `${amount(done)} of ${amount(total)}` : `${amount(done)}/${amount(total)} ${unit}`,
    );
  } else if (done > 0) parts.push(unit === 'bytes' ? amount(done) : `step ${amount(done)}`);
  if (perSecond !== undefined && perSecond > 0) {
    parts.push(unit === 'bytes' ? `${amount(perSecond)}/s` : `${speed(perSecond)} ${unit}/s`);
    if (total !== undefined && total > done) parts.push(`ETA ${formatDuration((total - done) / perSecond)}`);
  }
  if (remark !== undefined) parts.push(remark);
  return parts.join('  ');
}

const speed = (perSecond: number): string =>
  perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toFixed(1);

/** A bar of `width` characters, to an eighth of a character. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  const full = Math.floor(eighths / 8);
  const partial = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  return `${'█'.repeat(full)}${partial}`.padEnd(width, '░');
}

export interface ProgressLine {
  show(state: ProgressState): void;
  /** Prints a line above the progress. */
  above(text: string): void;
  /** Takes the live line away. */
  end(): void;
}

const redrawMs = 100;
const plainMs = 5000;

/** Progress on stderr: one line that redraws on a terminal; elsewhere a line each 5 s and at each new phase. */
export function openProgress({ stderr }: Shell, quiet = false, now: () => number = Date.now): ProgressLine {
  if (quiet) return { show() {}, above() {}, end() {} };
  const live = stderr.isTTY === true;
  const history: { atMs: number; done: number }[] = [];
  let phase = '';
  let shownMs = Number.NEGATIVE_INFINITY;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write('\r\u001b[2K');
    drawn = false;
  };

  return {
    show(state) {
      const atMs = now();
      const fresh = state.phase !== phase;
      if (fresh) history.length = 0;
      phase = state.phase;
      // Pieces of a file come by the thousand a second: a list of all of them would cost more than they do.
      if (fresh || atMs - (history.at(-1)?.atMs ?? 0) >= redrawMs) history.push({ atMs, done: state.done });
      // The speed of the last 10 s, so that the ETA follows what happens now.
      while (history.length > 2 && atMs - (history[0]?.atMs ?? 0) > 10_000) history.shift();
      if (!fresh && atMs - shownMs < (live ? redrawMs : plainMs)) return;
      shownMs = atMs;
      const first = history[0];
      const seconds = (atMs - (first?.atMs ?? atMs)) / 1000;
      const perSecond = seconds >= 0.5 ? (state.done - (first?.done ?? 0)) / seconds : undefined;
      const columns = stderr.columns ?? 80;
      const text = formatProgress(state, perSecond, columns);
      if (!live) stderr.write(`${text}\n`);
      else {
        clear();
        stderr.write(text.slice(0, columns - 1));
        drawn = true;
      }
    },
    above(text) {
      clear();
      stderr.write(`${text}\n`);
    },
    end: clear,
  };
}
