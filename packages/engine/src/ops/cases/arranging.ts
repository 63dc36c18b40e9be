import { tensorData } from '../../dtype.ts';
import {
  depthToSpace,
  eyeLike,
  flatten,
  pad,
  type ResizeOptions,
  resize,
  spaceToDepth,
  tile,
  trilu,
} from '../../operators.ts';
import type { Case } from './case.ts';

const hold = (at: number, length: number): number => Math.min(length - 1, Math.max(0, at));

/** Element o of a line resized by interpolation, or by the nearest element. */
const resized = (
  x: (i: number) => number,
  length: number,
  place: number,
  { mode = 'nearest', nearest }: ResizeOptions,
): number => {
  if (mode === 'nearest')
    return x(hold(nearest === 'floor' ? Math.floor(place) : Math.ceil(place - 0.5), length));
  const at = hold(place, length);
  const low = Math.floor(at);
  return (1 - at + low) * x(low) + (at - low) * x(hold(low + 1, length));
};

export const arranging = {
  Pad: [
    {
      inputs: [[2, 2]],
      build: (x) => pad(x, [0, 1], [1, 2], 7),
      reference: (x) => (i, j) => (i < 2 && j >= 1 && j < 3 ? x(i, j - 1) : 7),
    },
    {
      inputs: [[2, 4]],
      build: (x) => pad(x, [1, -1], [0, -2], 7),
      reference: (x) => (i, j) => (i === 0 ? 7 : x(i - 1, j + 1)),
    },
    {
      inputs: [[2, 4]],
      build: (x) => pad(x, [0, 3], [0, 2], 0, 'reflect'),
      reference: (x) => (i, j) => x(i, [3, 2, 1, 0, 1, 2, 3, 2, 1][j] ?? -1),
    },
    {
      inputs: [[2, 2]],
      build: (x) => pad(x, [1, 2], [0, 1], 0, 'edge'),
      reference: (x) => (i, j) => x(hold(i - 1, 2), hold(j - 2, 2)),
    },
    {
      inputs: [[3]],
      build: (x) => pad(x, [2], [1], 0, 'wrap'),
      reference: (x) => (i) => x((i + 1) % 3),
    },
  ],
  Tile: [{ inputs: [[2, 3]], build: (x) => tile(x, [3, 2]), reference: (x) => (i, j) => x(i % 2, j % 3) }],
  Flatten: [
    {
      inputs: [[2, 3, 2]],
      build: (x) => flatten(x, 2),
      reference: (x) => (i, j) => x(Math.floor(i / 3), i % 3, j),
    },
    {
      inputs: [[2, 3]],
      build: (x) => flatten(x, 0),
      reference: (x) => (_, j) => x(Math.floor(j / 3), j % 3),
    },
  ],
  Trilu: [
    { inputs: [[3, 3]], build: (x) => trilu(x), reference: (x) => (i, j) => (j >= i ? x(i, j) : 0) },
    {
      inputs: [[2, 2, 3]],
      build: (x) => trilu(x, { upper: false, k: 1 }),
      reference: (x) => (n, i, j) => (j <= i + 1 ? x(n, i, j) : 0),
    },
  ],
  EyeLike: [
    {
      inputs: [tensorData('int32', [2, 3], [1, 2, 3, 4, 5, 6])],
      build: (x) => eyeLike(x, 1, 'float32'),
      reference: () => (i, j) => Number(j === i + 1),
    },
  ],
  DepthToSpace: [
    {
      inputs: [[1, 8, 2, 3]],
      build: (x) => depthToSpace(x, 2),
      reference: (x) => (n, c, i, j) => x(n, 4 * (i % 2) + 2 * (j % 2) + c, i >> 1, j >> 1),
    },
    {
      inputs: [[1, 8, 2, 3]],
      build: (x) => depthToSpace(x, 2, 'CRD'),
      reference: (x) => (n, c, i, j) => x(n, 4 * c + 2 * (i % 2) + (j % 2), i >> 1, j >> 1),
    },
  ],
  SpaceToDepth: [
    {
      inputs: [[1, 2, 4, 6]],
      build: (x) => spaceToDepth(x, 2),
      reference: (x) => (n, c, i, j) => x(n, c % 2, 2 * i + (c >> 2), 2 * j + ((c >> 1) % 2)),
    },
  ],
  Resize: [
    {
      inputs: [[1, 2, 2, 3]],
      build: (x) => resize(x, { scales: [1, 1, 2, 2] }, { coordinates: 'asymmetric', nearest: 'floor' }),
      reference: (x) => (n, c, i, j) => x(n, c, i >> 1, j >> 1),
    },
    {
      inputs: [[1, 1, 5, 4]],
      build: (x) => resize(x, { sizes: [1, 1, 3, 6] }),
      reference: (x) => (n, c, i, j) =>
        resized(
          (a) => resized((b) => x(n, c, a, b), 4, ((j + 0.5) * 4) / 6 - 0.5, {}),
          5,
          ((i + 0.5) * 5) / 3 - 0.5,
          {},
        ),
    },
    ...(
      [
        ['half_pixel', (o: number, from: number, to: number) => ((o + 0.5) * from) / to - 0.5],
        ['pytorch_half_pixel', (o: number, from: number, to: number) => ((o + 0.5) * from) / to - 0.5],
        ['half_pixel_symmetric', (o: number, from: number, to: number) => ((o + 0.5) * from) / to - 0.5],
        ['align_corners', (o: number, from: number, to: number) => (o * (from - 1)) / (to - 1)],
        ['asymmetric', (o: number, from: number, to: number) => (o * from) / to],
      ] as const
    ).map(
      ([coordinates, place]): Case => ({
        inputs: [[1, 2, 3, 4]],
        build: (x) => resize(x, { sizes: [1, 2, 5, 3] }, { mode: 'linear', coordinates }),
        reference: (x) => (n, c, i, j) => {
          const line = (a: number) => resized((b) => x(n, c, a, b), 4, place(j, 4, 3), { mode: 'linear' });
          return resized(line, 3, place(i, 3, 5), { mode: 'linear' });
        },
      }),
    ),
  ],
} satisfies Record<string, Case[]>;
