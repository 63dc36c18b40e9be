import { asHubError, type HubError } from '@banyan/contract';

/** Whether requests may go out: closed by a pause and while the browser is offline. Work waits at it and is sent back to it. */
export class Gate {
  #paused = false;
  #offline = !navigator.onLine;
  #waiting: (() => void)[] = [];
  #open = new AbortController();
  readonly #stop: AbortSignal;
  readonly #onChange: () => void;

  constructor(stop: AbortSignal, onChange: () => void) {
    this.#stop = stop;
    this.#onChange = onChange;
    globalThis.addEventListener('offline', () => this.#set(this.#paused, true), { signal: stop });
    globalThis.addEventListener('online', () => this.#set(this.#paused, false), { signal: stop });
    stop.addEventListener('abort', () => this.#letThrough());
  }

  get state(): 'open' | 'paused' | 'offline' {
    return this.#paused ? 'paused' : this.#offline ? 'offline' : 'open';
  }

  pause(): void {
    this.#set(true, this.#offline);
  }

  goOn(): void {
    this.#set(false, this.#offline);
  }

  /**
   * Does the work when the gate is open, again when it closed meanwhile, and after a pause when it failed in a way that may pass (at
   * most eight times in a row). Throws when all is stopped.
   */
  async pass<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let failures = 0; ; ) {
      while (this.state !== 'open' && !this.#stop.aborted)
        await new Promise<void>((go) => this.#waiting.push(go));
      this.#stop.throwIfAborted();
      const open = this.#open.signal;
      try {
        return await work(AbortSignal.any([open, this.#stop]));
      } catch (error) {
        this.#stop.throwIfAborted();
        if (open.aborted) continue;
        failures += 1;
        if (!mayPass(error) || failures === pausesMs.length) throw error;
        await this.#rest(pausesMs[failures - 1]! * (0.75 + Math.random() / 2));
      }
    }
  }

  /** Waits so long, or until all is stopped. */
  async #rest(ms: number): Promise<void> {
    const over = new AbortController();
    await new Promise<void>((go) => {
      setTimeout(go, ms);
      this.#stop.addEventListener('abort', () => go(), { signal: over.signal });
    });
    over.abort();
  }

  #set(paused: boolean, offline: boolean): void {
    this.#paused = paused;
    this.#offline = offline;
    if (this.state === 'open') {
      this.#open = new AbortController();
      this.#letThrough();
    } else this.#open.abort();
    this.#onChange();
  }

  #letThrough(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}

const pausesMs = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];
const passing: ReadonlySet<HubError['code']> = new Set([
  'TOO_MANY',
  'INTERNAL',
  'UPSTREAM',
  'UNAVAILABLE',
  'CHECKSUM',
]);

/** A broken connection, a hub that restarts, bytes damaged on their way. */
function mayPass(error: unknown): boolean {
  if (error instanceof TypeError) return true;
  try {
    return passing.has(asHubError(error).code);
  } catch {
    return false;
  }
}
