/** The listings of docs/textbook.md do what the text says. */
import { expect, test } from 'vitest';
import { digits, seattleWeather } from '../testing/real-data.ts';
import { learnImages } from './autoencoder.ts';
import { learnSeries } from './recurrence.ts';
import { answers, learnXor, questions } from './xor.ts';

test('the feed-forward network learns XOR', async () => {
  const { losses, say } = await learnXor(500);
  expect(losses.at(-1)).toBeLessThan(0.02);
  const said = await say(questions);
  expect(said.map(Math.round)).toEqual(answers);
});

test('the recurrent network forecasts a day better than the day before it', async () => {
  const length = 14;
  const { train, shape } = seattleWeather(length);
  const { mean, std } = shape.target!;
  const series = (train.y as Float32Array).map((value) => (value - mean) / std);
  const { forecast } = await learnSeries(series, length, 600);
  const starts = Array.from({ length: 200 }, (_, at) => series.length - 201 - length + at);
  const windows = Float32Array.from(starts.flatMap((at) => [...series.subarray(at, at + length)]));
  const said = await forecast(windows);
  const error = (guess: (row: number) => number) =>
    Math.sqrt(
      starts.reduce((sum, at, row) => sum + (series[at + length]! - guess(row)) ** 2, 0) / starts.length,
    );
  expect(error((row) => said[row]!)).toBeLessThan(error((row) => series[starts[row]! + length - 1]!));
});

test('the variational autoencoder draws digits from two numbers', async () => {
  const { train } = digits(2000);
  const images = Float32Array.from(train.x, (pixel) => pixel / 255);
  const { losses, draw } = await learnImages(images, 400);
  const last = losses.slice(-20).reduce((sum, loss) => sum + loss, 0) / 20;
  // The mean image costs about 206 nats.
  expect(last).toBeLessThan(185);
  const drawn = await draw(Float32Array.of(-1, 0, 1, 0));
  const difference = drawn
    .subarray(0, 784)
    .reduce((sum, value, i) => sum + Math.abs(value - drawn[784 + i]!), 0);
  expect(difference).toBeGreaterThan(10);
});
