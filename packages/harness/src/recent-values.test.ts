import { expect, it } from 'vitest';
import { RecentValues } from './recent-values.js';

it('holds the latest values and forgets the others', () => {
  const recent = new RecentValues(4);
  expect(recent.quantile(0.5)).toBeUndefined();
  for (const value of [900, 800, 4, 1, 3, 2]) recent.push(value);
  expect([recent.quantile(0), recent.quantile(0.5), recent.quantile(0.99), recent.quantile(1)]).toEqual([
    1, 2, 4, 4,
  ]);
});

it('hands over what is new, once, oldest first, as far as it is still held', () => {
  const recent = new RecentValues(3);
  recent.push(1);
  recent.push(2);
  expect([...recent.takeNew()]).toEqual([1, 2]);
  expect([...recent.takeNew()]).toEqual([]);
  for (const value of [3, 4, 5, 6]) recent.push(value);
  expect([...recent.takeNew()]).toEqual([4, 5, 6]);
});
