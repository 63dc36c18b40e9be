/** An exponential moving average of the parameters (Polyak and Juditsky, 1992; as is usual since Tarvainen and Valpola, 2017). */
export interface AveragingConfig {
  /** What each step leaves of the average before; near 1, as 0.999. */
  decay: number;
  /** Forget faster at first, by (1 + step) / (10 + step), so that the first values do not linger; true by default. */
  warmup?: boolean;
}

/** The settings with every default written out. Throws RangeError for a decay that is none. */
export function resolveAveraging({ decay, warmup = true }: AveragingConfig): Required<AveragingConfig> {
  if (!(decay >= 0 && decay < 1))
    throw new RangeError(`the decay of an average must lie in [0, 1), not ${decay}`);
  return { decay, warmup };
}

/** How much of the average a step, counted from 1, replaces by the present parameters. */
export const renewal = ({ decay, warmup }: Required<AveragingConfig>, step: number): number =>
  1 - (warmup ? Math.min(decay, (1 + step) / (10 + step)) : decay);
