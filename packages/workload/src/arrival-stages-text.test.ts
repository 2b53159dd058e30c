import { expect, it } from 'vitest';
import { parseArrivalStages } from './arrival-stages-text.js';

const step = (ratePerS: number, durationNs: number) => ({
  fromRatePerS: ratePerS,
  toRatePerS: ratePerS,
  durationNs,
});

it.each([
  ['10rps for 30s, 20rps for 30s', [step(10, 30e9), step(20, 30e9)]],
  ['0.5 rps for 250ms', [step(0.5, 250e6)]],
  [' 10/s  for  1m ,0/s for 5s', [step(10, 60e9), step(0, 5e9)]],
  ['10rps to 50rps for 1m', [{ fromRatePerS: 10, toRatePerS: 50, durationNs: 60e9 }]],
])('reads %j', (text, expected) => {
  expect(parseArrivalStages(text)).toEqual(expected);
});

it.each([
  '',
  '10rps',
  '10 for 30s',
  '-1rps for 3s',
  '10rps for 30s,',
  '10rps 30s',
  'rps for 3s',
  '1e3rps for 3s',
])('refuses %j and says what a stage looks like', (text) => {
  expect(parseArrivalStages(text)).toHaveProperty('problem', expect.stringContaining('10rps for 30s'));
});

it('refuses a stage without a unit of time, as every other time', () => {
  expect(parseArrivalStages('10rps for 30')).toHaveProperty(
    'problem',
    expect.stringContaining('bare number'),
  );
});
