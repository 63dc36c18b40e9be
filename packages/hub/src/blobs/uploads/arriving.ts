import type { Leader } from './leader.ts';
import type { Progress } from './progress.ts';

/** A part on its way: hashed as it comes when it is the next in order, and else out of the way of the one that is. */
export class ArrivingPart {
  readonly #progress: Progress;
  readonly #number: number;
  #sizeBytes = 0;
  #leader: Leader | undefined;
  #ended = false;

  constructor(progress: Progress, number: number) {
    this.#progress = progress;
    this.#number = number;
  }

  /**
   * Looks at the next piece; answers what to wait for before it is written. `written`: until all pieces before it are in the
   * file.
   */
  see(piece: Buffer, written: () => Promise<void>): Promise<void> | undefined {
    const before = this.#sizeBytes;
    this.#sizeBytes += piece.length;
    if (this.#leader) {
      this.#leader.update(piece);
      return undefined;
    }
    return this.#progress.busy
      ? this.#progress.turnOf(this.#number).then(() => this.#join(piece, before, written))
      : this.#join(piece, before, written);
  }

  #join(piece: Buffer, before: number, written: () => Promise<void>): Promise<void> | undefined {
    const leader = this.#progress.lead(this.#number);
    this.#leader = leader;
    if (!leader) return undefined;
    if (before === 0) {
      leader.update(piece);
      return undefined;
    }
    return written()
      .then(() => leader.readBack(before))
      .then(() => leader.update(piece));
  }

  /** All of it has come and is as it should be, but may not be durable yet. */
  end(): void {
    this.#ended = true;
    this.#leader?.end();
  }

  /** It will not be durable: other bytes may come for it. */
  fail(): void {
    if (!this.#leader) return;
    if (this.#ended) this.#progress.forget();
    else this.#leader.drop();
  }
}
