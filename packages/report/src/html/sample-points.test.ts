import { expect, it } from 'vitest';
import { gaugePoints, ratePoints } from './sample-points.js';

const S = 1e9;

it('breaks a gauge where samples are missing or give no number', () => {
  const timesNs = [0, 1, 2, 3, 9, 10].map((each) => each * S);
  const { values, breaks } = gaugePoints(
    { timesNs, values: [1_000, 2_000, NaN, 4_000, 5_000, 6_000] },
    1_000,
  );
  expect([values, [...breaks]]).toEqual([
    [1, 2, 4, 5, 6],
    [1, 2],
  ]);
});

it('turns a counter into its rate, and says nothing across a new epoch', () => {
  const timesNs = [0, 1, 2, 3].map((each) => each * S);
  const waitedUs = { timesNs, values: [0, 500_000, 100, 250_100] };
  const { timesNs: times, values, breaks } = ratePoints(waitedUs, 0.01 / 1_000);
  expect([times, Array.from(values, (each) => Number(each.toFixed(6))), [...breaks]]).toEqual([
    [1 * S, 3 * S],
    [50, 25],
    [0],
  ]);
});
