import { expect, it } from 'vitest';
import { parseCandidate, parsePath, parseSettings, parseUntil, parseValue, parseWhole } from './values.ts';

it('types a setting by its text', () => {
  expect(
    parseSettings(['hidden=[32,32]', 'learningRate=1e-3', 'cell=gru', 'bias=false', 'name="7"', 'x=']),
  ).toEqual({
    hidden: [32, 32],
    learningRate: 0.001,
    cell: 'gru',
    bias: false,
    name: '7',
    x: '',
  });
});

it('splits a candidate at commas outside brackets and quotes', () => {
  expect(parseCandidate('linear')).toEqual({ algorithm: 'linear', config: {} });
  expect(parseCandidate('mlp:hidden=[32,32],learningRate=0.01,note="a,b"')).toEqual({
    name: 'mlp:hidden=[32,32],learningRate=0.01,note="a,b"',
    algorithm: 'mlp',
    config: { hidden: [32, 32], learningRate: 0.01, note: 'a,b' },
  });
});

it('says what is wrong with what it cannot read', () => {
  expect(() => parseValue('[32,')).toThrow('"[32," is not valid JSON');
  expect(() => parseSettings(['hidden'])).toThrow('"hidden" is not a setting');
  expect(() => parseCandidate(':x=1')).toThrow('is not a candidate');
  expect(() => parsePath('penguins')).toThrow('names no repository');
  expect(() => parseUntil('soon')).toThrow('"soon" is not a date');
  expect(() => parseWhole('--seed', 0, 9)('1.5')).toThrow(
    '--seed is "1.5": write a whole number from 0 to 9',
  );
});

it('takes a day to its end', () => {
  expect(parseUntil('2026-12-31')).toBe('2026-12-31T23:59:59.000Z');
});
