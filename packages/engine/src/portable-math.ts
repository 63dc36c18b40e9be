/**
 * Functions whose every bit is the same on every machine and in every engine. ECMAScript leaves Math.cos, Math.log,
 * Math.exp, Math.pow (also written **) and their like to the engine; +, -, * and / of doubles it takes from IEEE 754, and
 * so does every engine for sqrt. Whatever reaches a parameter is computed from those alone.
 */

/** ln x, as x = m 2^e with m in [1, 2), and ln m = 2 artanh((m - 1) / (m + 1)); within 5 units in the last place. */
export function naturalLog(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return x;
  let mantissa = x;
  let exponent = 0;
  for (; mantissa < 1; exponent -= 1) mantissa *= 2;
  for (; mantissa >= 2; exponent += 1) mantissa /= 2;
  const t = (mantissa - 1) / (mantissa + 1);
  let power = t;
  let sum = 0;
  for (let k = 1; k <= 33; k += 2) {
    sum += power / k;
    power *= t * t;
  }
  return 2 * sum + exponent * Math.LN2;
}

/** base^exponent for base > 0, within 1e-13 of its size. */
export const power = (base: number, exponent: number): number => exponential(exponent * naturalLog(base));

/** e^x = 2^k e^r with |r| <= ln 2 / 2, within 1e-13 of its size. */
export function exponential(x: number): number {
  if (x > 710) return Infinity;
  if (x < -746) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * Math.LN2;
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= 16; n++) {
    term *= r / n;
    sum += term;
  }
  for (let n = 0; n < Math.abs(k); n++) sum *= k > 0 ? 2 : 0.5;
  return sum;
}
