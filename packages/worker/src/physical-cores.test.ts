import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { physicalCores } from './physical-cores.ts';

const processor = (number: number, socket: number, core: number): string =>
  `processor\t: ${number}\nphysical id\t: ${socket}\ncore id\t\t: ${core}\nflags\t\t: fpu\n`;

it('counts two hardware threads of a core once, and never more than it may use', () => {
  const oneCore = [processor(0, 0, 0), processor(1, 0, 0)].join('\n');
  expect(physicalCores(oneCore)).toBe(1);
  const many = Array.from({ length: 512 }, (_, n) => processor(n, n % 2, n >> 1)).join('\n');
  expect(physicalCores(many)).toBe(Math.min(availableParallelism(), 512));
});

it('counts what the machine offers where it tells no more', () => {
  expect(physicalCores('')).toBe(availableParallelism());
  expect(physicalCores()).toBeGreaterThan(0);
});
