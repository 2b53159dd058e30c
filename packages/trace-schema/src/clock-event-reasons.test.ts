import { expect, it } from 'vitest';
import { clockEventReasonsText, isThrottled } from './clock-event-reasons.js';

it('puts a mask into words, and shows what it does not know', () => {
  expect(clockEventReasonsText(0)).toBe('none');
  expect(clockEventReasonsText(0x81)).toBe('idle, power brake');
  expect(clockEventReasonsText(2 ** 40 + 4)).toBe('power cap, 0x10000000000');
});

it('tells what holds a clock down from how a GPU is used', () => {
  expect([0, 0x1, 0x2, 0x100, 0x103].map(isThrottled)).toEqual([false, false, false, false, false]);
  expect([0x4, 0x81, 2 ** 40].map(isThrottled)).toEqual([true, true, true]);
});
