/**
 * Why a job's work ends early. `cancelled`: a person asked. `lost`: another worker may have it, so nothing may be
 * sent any more. `leaving`: this worker stops, and gives the job back.
 */
export class Stop extends Error {
  override readonly name = 'Stop';
  readonly why: 'cancelled' | 'lost' | 'leaving';

  constructor(why: Stop['why']) {
    super(`work stopped: ${why}`);
    this.why = why;
  }
}
