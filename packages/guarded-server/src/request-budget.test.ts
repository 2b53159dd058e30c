import { expect, it } from 'vitest';
import { RequestBudget } from './request-budget.js';

it('lets a burst through, then as many a second as allowed, each address for itself', () => {
  const budget = new RequestBudget(2, 3);
  const take = (address: string, atS: number) => budget.take(address, atS * 1e9);
  expect([take('a', 0), take('a', 0), take('a', 0), take('a', 0)]).toEqual([true, true, true, false]);
  expect(take('b', 0)).toBe(true);
  expect([take('a', 0.5), take('a', 0.5)]).toEqual([true, false]);
});

it('remembers a bounded number of addresses', () => {
  const budget = new RequestBudget(1, 1);
  expect(budget.take('first', 0)).toBe(true);
  expect(budget.take('first', 0)).toBe(false);
  for (let i = 0; i < 1_024; i++) budget.take(`other ${i}`, 0);
  expect(budget.take('first', 0)).toBe(true);
});
