/** What every bench is told. */
export interface BenchOptions {
  /** Progress, on stderr. */
  say: (text: string) => void;
  /** Fewer rounds. */
  quick: boolean;
  /** These cases alone; all when empty. */
  only: readonly string[];
  /** These peers alone; all when empty. */
  peer: readonly string[];
  /** How large a table larger than memory is. */
  gigabytes: number;
}
