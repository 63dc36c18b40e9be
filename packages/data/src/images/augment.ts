import type { Random } from '@banyan/engine';
import type { Pixels } from './resize.ts';

/** How far a copy may differ from its image. */
export interface Augmentation {
  /** Every second copy is turned around. */
  flip?: 'horizontal' | 'vertical' | undefined;
  /** Pixels by which a copy is moved, at most, along each axis. */
  shift: number;
  /** Degrees by which it is turned, at most, either way. */
  rotate: number;
  /** The standard deviation of what is added to each sample, of 255. */
  noise: number;
}

/** What happens to one copy: flipped, then turned around its middle (anticlockwise, in radians), then moved. */
interface Motion {
  flip?: 'horizontal' | 'vertical' | undefined;
  angle: number;
  down: number;
  right: number;
}

/** A copy of an image as `random` has it: the same stream makes the same bytes. */
export function augmentPixels(image: Pixels, options: Augmentation, random: Random): Pixels {
  const { flip, shift, rotate, noise } = options;
  const isFlipped = random.uniform() < 0.5;
  const down = random.integer(2 * shift + 1) - shift;
  const right = random.integer(2 * shift + 1) - shift;
  const angle = ((2 * random.uniform() - 1) * rotate * Math.PI) / 180;
  const moved = movePixels(image, { flip: isFlipped ? flip : undefined, angle, down, right });
  if (noise === 0) return moved;
  const data = moved.data.map((value) =>
    Math.max(0, Math.min(255, Math.round(value + noise * random.normal()))),
  );
  return { ...moved, data };
}

/** Each output pixel is read, by straight lines between four, where it came from; beyond a border lies the border. */
export function movePixels(image: Pixels, { flip, angle, down, right }: Motion): Pixels {
  const { data, channels, height, width } = image;
  const out = new Uint8Array(data.length);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2];
  let to = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [dy, dx] = [y - down - middleY, x - right - middleX];
      const turnedX = within(middleX + cos * dx - sin * dy, width);
      const turnedY = within(middleY + sin * dx + cos * dy, height);
      const fromX = flip === 'horizontal' ? width - 1 - turnedX : turnedX;
      const fromY = flip === 'vertical' ? height - 1 - turnedY : turnedY;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [shareX, shareY] = [fromX - left, fromY - top];
      const [next, below] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)];
      for (let c = 0; c < channels; c++) {
        const upper =
          data[(top * width + left) * channels + c]! * (1 - shareX) +
          data[(top * width + next) * channels + c]! * shareX;
        const lower =
          data[(below * width + left) * channels + c]! * (1 - shareX) +
          data[(below * width + next) * channels + c]! * shareX;
        out[to++] = Math.round(upper * (1 - shareY) + lower * shareY);
      }
    }
  return { data: out, channels, height, width };
}

const within = (at: number, size: number): number => Math.max(0, Math.min(size - 1, at));
