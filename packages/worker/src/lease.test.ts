import { jobKinds } from '@banyan/contract';
import { expect, it } from 'vitest';
import { lanesFor } from './lease.ts';

it('covers every kind of job once, with as many places as slots, and two for queries beside', () => {
  for (const slots of [1, 2, 3, 10, 64]) {
    const lanes = lanesFor(slots);
    expect(lanes.flatMap(({ kinds }) => kinds).sort()).toEqual([...jobKinds].sort());
    expect(lanes.reduce((sum, { places }) => sum + places, 0)).toBe(slots + 2);
    expect(lanes.at(-1)).toEqual({ kinds: ['query'], places: 2 });
    expect(lanes.find(({ kinds }) => kinds.includes('train'))?.places).toBe(1);
  }
});
