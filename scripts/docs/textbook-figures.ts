import { digits, seattleWeather } from '../../packages/algorithms/src/testing/real-data.ts';
import { learnImages } from '../../packages/algorithms/src/textbook/autoencoder.ts';
import { learnSeries } from '../../packages/algorithms/src/textbook/recurrence.ts';
import { learnXor } from '../../packages/algorithms/src/textbook/xor.ts';
import { curves, type Drawn, type Mark, pictures, surface } from './chart.ts';

export const textbookFigures: Record<string, () => Promise<Drawn>> = {
  'textbook-xor': async () => {
    const { losses, say } = await learnXor(500);
    const side = 41;
    const places = Array.from({ length: side * side }, (_, i) => ({
      x: Math.round((((i % side) - 8) / 24) * 1000) / 1000,
      y: Math.round(((Math.floor(i / side) - 8) / 24) * 1000) / 1000,
    }));
    const values = await say(Float32Array.from(places.flatMap(({ x, y }) => [x, y])));
    const corners = [0, 1].flatMap((x) => [0, 1].map((y) => ({ x, y, label: x === y ? '0' : '1' })));
    return {
      svg: await surface(
        places.map((place, i) => ({ ...place, value: values[i]! })),
        corners,
        'P(y = 1)',
      ),
      caption: `What the network says of every point between and around the four questions after 500 steps; the loss fell from ${losses[0]!.toFixed(2)} to ${losses.at(-1)!.toFixed(4)}.`,
    };
  },

  'textbook-recurrence': async () => {
    const length = 14;
    const { train, shape } = seattleWeather(length);
    const { mean, std } = shape.target!;
    const series = (train.y as Float32Array).map((value) => (value - mean) / std);
    const { forecast } = await learnSeries(series, length, 600);
    const days = 60;
    const starts = Array.from({ length: days }, (_, day) => series.length - days - length + day);
    const said = await forecast(
      Float32Array.from(starts.flatMap((at) => [...series.subarray(at, at + length)])),
    );
    const marks: Mark[] = starts.flatMap((at, day) => [
      { x: day, y: series[at + length]! * std + mean, series: 'measured' },
      { x: day, y: said[day]! * std + mean, series: 'forecast' },
    ]);
    return {
      svg: await curves(marks, ['day', 'highest temperature, °C']),
      caption:
        'Sixty days in Seattle, and what the network had said of each from the fourteen days before it.',
    };
  },

  'textbook-autoencoder': async () => {
    const { train } = digits(10_000);
    const images = Float32Array.from(train.x, (pixel) => pixel / 255);
    const { draw } = await learnImages(images, 3000);
    const side = 12;
    const at = (i: number) => -2 + (4 * i) / (side - 1);
    const rows: Float32Array[] = [];
    for (let row = 0; row < side; row++)
      rows.push(
        await draw(
          Float32Array.from({ length: side * 2 }, (_, i) => at(i % 2 === 0 ? i / 2 : side - 1 - row)),
        ),
      );
    return {
      svg: pictures(rows, side),
      caption:
        'What the decoder draws of codes from (-2, -2), lower left, to (2, 2), upper right: every digit has its region, and between them one turns into another.',
    };
  },
};
