/** How far a phase is. */
export interface ProgressEvent {
  phase: string;
  done: number;
  total: number;
  /** What `done` and `total` count: steps of the work, or, within a pass over the data, its rows or the files' bytes. */
  unit: 'steps' | 'rows' | 'bytes';
  /** Of this pass, when it goes on as fast. */
  remainingMs?: number;
}

export type Progress = (event: ProgressEvent) => void;

/** Watches the passes over the data: DuckDB says how much of a statement is done. */
export interface ProgressTrack {
  /** A new phase, or a step of one. */
  step: (phase: string, done: number, total: number) => void;
  /** What the passes from now on go over. */
  over: (total: number, unit: 'rows' | 'bytes') => void;
  /** Between 0 and 1, of a statement that has run so long. */
  onStatement: (fraction: number, elapsedMs: number) => void;
}

/** Too little to tell by. */
const [leastFraction, leastMs] = [0.02, 1000];

export function trackProgress(onProgress: Progress | undefined): ProgressTrack {
  let phase = 'import';
  let size = { total: 0, unit: 'rows' as 'rows' | 'bytes' };
  return {
    step(next, done, total) {
      phase = next;
      onProgress?.({ phase, done, total, unit: 'steps' });
    },
    over(total, unit) {
      size = { total, unit };
    },
    onStatement(fraction, elapsedMs) {
      if (size.total === 0) return;
      const tells = fraction >= leastFraction && elapsedMs >= leastMs;
      onProgress?.({
        phase,
        done: Math.round(fraction * size.total),
        ...size,
        ...(tells ? { remainingMs: Math.round((elapsedMs * (1 - fraction)) / fraction) } : {}),
      });
    },
  };
}
