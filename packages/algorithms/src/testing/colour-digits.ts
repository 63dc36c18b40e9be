import { createRandom, type Random } from '@banyan/engine';
import type { FitData, Split } from '../algorithm.ts';
import { labelledDigits } from './real-data.ts';

const SIDE = 32;

/** Handwritten digits in a colour on a colour, both of any kind, somewhere on 32 x 32 pixels of three channels. */
export function colourDigits(trainRows: number, testRows: number): FitData {
  const { shape, train, test } = labelledDigits(trainRows, testRows);
  const random = createRandom('colours');
  return {
    shape: { ...shape, shape: [SIDE, SIDE, 3] },
    train: coloured(train, random),
    valid: coloured(test, random),
  };
}

function coloured(grey: Split, random: Random): Split {
  const x = new Uint8Array(grey.rows * SIDE * SIDE * 3);
  const anyColour = (): number[] => Array.from({ length: 3 }, () => random.integer(256));
  for (let image = 0; image < grey.rows; image++) {
    const [paper, ink] = [anyColour(), anyColour()];
    const [down, right] = [random.integer(5), random.integer(5)];
    for (let row = 0; row < SIDE; row++)
      for (let column = 0; column < SIDE; column++) {
        const [y, along] = [row - down, column - right];
        const inside = y >= 0 && y < 28 && along >= 0 && along < 28;
        const share = inside ? grey.x[image * 784 + y * 28 + along]! / 255 : 0;
        for (let c = 0; c < 3; c++)
          x[((image * SIDE + row) * SIDE + column) * 3 + c] = paper[c]! + share * (ink[c]! - paper[c]!);
      }
  }
  return { ...grey, shape: [SIDE, SIDE, 3], x };
}
