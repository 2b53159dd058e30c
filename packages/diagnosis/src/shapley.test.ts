import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapleyValues } from './shapley.js';

describe('shapleyValues', () => {
  it('halves what two bring about only together', () => {
    const values = shapleyValues([4, 9], (players) => (players.size === 2 ? 10 : 0));
    expect([...values]).toEqual([
      [4, 5],
      [9, 5],
    ]);
  });

  it('gives a player that changes nothing nothing, and adds up to what all bring about', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 6 }), (weights) => {
        const players = [...weights.map((_, index) => index), 99];
        const worth = (some: ReadonlySet<number>): number =>
          weights.reduce((sum, weight, index) => sum + (some.has(index) ? weight : 0), 0) ** 2;
        const values = shapleyValues(players, worth);
        const total = weights.reduce((sum, weight) => sum + weight, 0) ** 2;
        expect([...values.values()].reduce((sum, value) => sum + value, 0)).toBeCloseTo(total, 6);
        expect(values.get(99)).toBeCloseTo(0, 9);
      }),
    );
  });
});
