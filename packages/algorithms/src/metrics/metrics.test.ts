import { createRandom } from '@banyan/engine';
import { expect, test } from 'vitest';
import { bootstrap, meanOf } from './bootstrap.ts';
import { classificationMetrics, confusionOf, mostProbable, wilsonInterval } from './classification.ts';
import { regressionMetrics } from './regression.ts';
import { textMetrics } from './text.ts';

const all = (count: number) => Uint32Array.from({ length: count }, (_, row) => row);

test('accuracy, macro F1 and log loss of six rows, counted by hand', () => {
  const truth = [0, 0, 0, 1, 1, 2];
  // Predicted: 0 0 1 1 1 1. F1: class 0 = 4/5, class 1 = 4/6, class 2 = 0.
  const probabilities = Float32Array.from(
    [
      [0.5, 0.25, 0.25],
      [0.5, 0.25, 0.25],
      [0.25, 0.5, 0.25],
      [0.25, 0.5, 0.25],
      [0.25, 0.5, 0.25],
      [0.25, 0.5, 0.25],
    ].flat(),
  );
  const { accuracy, macro_f1, log_loss } = classificationMetrics(probabilities, truth, 3);
  expect(accuracy!(all(6))).toBeCloseTo(4 / 6);
  expect(macro_f1!(all(6))).toBeCloseTo((4 / 5 + 2 / 3 + 0) / 3);
  expect(log_loss!(all(6))).toBeCloseTo((4 * Math.LN2 + 2 * Math.log(4)) / 6);
  const predicted = mostProbable(probabilities, 3);
  expect(confusionOf(predicted, truth, ['a', 'b', 'c']).counts).toEqual([
    [2, 1, 0],
    [0, 2, 0],
    [0, 1, 0],
  ]);
});

test('a class that is neither seen nor predicted does not count in macro F1', () => {
  const { macro_f1 } = classificationMetrics(Float32Array.of(1, 0, 0, 0, 1, 0), [0, 1], 3);
  expect(macro_f1!(all(2))).toBe(1);
});

test('a certain and wrong answer costs much, but not infinitely', () => {
  const { log_loss } = classificationMetrics(Float32Array.of(1, 0), [1], 2);
  expect(log_loss!(all(1))).toBeCloseTo(7 * Math.LN10);
});

test('rmse, mae and r2 of four rows, counted by hand', () => {
  // Errors 1, -1, 2, 0: squares 6. Truths around their mean 2.5: squares 5.
  const { rmse, mae, r2 } = regressionMetrics([0, 3, 1, 4], [1, 2, 3, 4]);
  expect(rmse!(all(4))).toBeCloseTo(Math.sqrt(6 / 4));
  expect(mae!(all(4))).toBeCloseTo(1);
  expect(r2!(all(4))).toBeCloseTo(1 - 6 / 5);
});

test('a loss of ln 2 nats is one bit a token, half a bit a byte where a token stands for two', () => {
  const { perplexity, bits_per_byte } = textMetrics(Float32Array.of(Math.LN2, Math.LN2), 2);
  expect(perplexity!(all(2))).toBeCloseTo(2, 6);
  expect(bits_per_byte!(all(2))).toBeCloseTo(0.5, 6);
});

test('the interval of a mean is that of the normal approximation', () => {
  const random = createRandom(3);
  const values = Float64Array.from({ length: 400 }, () => 5 + 2 * random.normal());
  const { mean } = bootstrap({ mean: meanOf(values) }, values.length, createRandom(1));
  const value = values.reduce((sum, v) => sum + v, 0) / 400;
  const halfWidth = (1.96 * 2) / Math.sqrt(400);
  expect(mean!.value).toBeCloseTo(value, 9);
  expect(Math.abs(mean!.low - (value - halfWidth))).toBeLessThan(0.04);
  expect(Math.abs(mean!.high - (value + halfWidth))).toBeLessThan(0.04);
  expect(bootstrap({ mean: meanOf(values) }, values.length, createRandom(1))).toEqual({ mean });
});

test('a share keeps an honest interval at its ends', () => {
  const perfect = wilsonInterval(1, 20);
  expect(perfect.low).toBeCloseTo(0.8389, 4);
  expect(perfect.high).toBe(1);
  const half = wilsonInterval(0.5, 100);
  expect(half.low).toBeCloseTo(0.4038, 4);
  expect(half.high).toBeCloseTo(0.5962, 4);
});
