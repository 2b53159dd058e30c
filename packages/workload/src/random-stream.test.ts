import { expect, it } from 'vitest';
import { randomStreams } from './random-stream.js';
import { chiSquareDeviations, KS_LIMIT_1_PCT, ksStatistic, mean } from './testing/distribution-tests.js';

const draws = (seed: number, purpose: string, index: number): readonly number[] => {
  const source = randomStreams(seed, purpose)(index);
  return Array.from({ length: 5 }, source);
};

it('repeats a stream, and gives every seed, purpose and index another', () => {
  const first = draws(7, 'gap', 3);
  expect(draws(7, 'gap', 3)).toEqual(first);
  const others = [
    draws(8, 'gap', 3),
    draws(7, 'gbp', 3),
    draws(7, 'gap', 4),
    draws(7 + 2 ** 32, 'gap', 3),
    draws(7, 'gap', 3 + 2 ** 32),
  ];
  expect(new Set([first, ...others].map((values) => values[0])).size).toBe(6);
});

it('spreads the first draws of neighbouring indexes and seeds evenly', () => {
  const streams = randomStreams(1, 'gap');
  const overIndexes = Array.from({ length: 20_000 }, (_, index) => streams(index)());
  const overSeeds = Array.from({ length: 20_000 }, (_, seed) => randomStreams(seed, 'gap')(0)());
  for (const firsts of [overIndexes, overSeeds]) {
    expect(ksStatistic(firsts, (value) => value)).toBeLessThan(KS_LIMIT_1_PCT);
    const products = firsts.slice(1).map((value, index) => (value - 0.5) * ((firsts[index] ?? 0) - 0.5));
    // Independent neighbours: mean 0, standard deviation 1/12 a product; 4 of its standard errors.
    expect(Math.abs(mean(products))).toBeLessThan((4 * (1 / 12)) / Math.sqrt(products.length));
  }
});

it('fills pairs of draws evenly', () => {
  const source = randomStreams(3, 'pairs')(0);
  const cells = new Array<number>(100).fill(0);
  for (let pair = 0; pair < 50_000; pair += 1) {
    const cell = Math.floor(source() * 10) * 10 + Math.floor(source() * 10);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  expect(
    Math.abs(
      chiSquareDeviations(
        cells,
        cells.map(() => 500),
      ),
    ),
  ).toBeLessThan(3);
});

it('begins no two of many streams alike: all four words of the state are hashed apart', () => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 450; seed += 1) {
    const streams = randomStreams(seed, 'state');
    for (let index = 0; index < 450; index += 1) firsts.add(streams(index * 9_999_991)());
  }
  // 202,500 states of one word would meet with a chance of 99 %; of four words, never.
  expect(firsts.size).toBe(450 * 450);
});
