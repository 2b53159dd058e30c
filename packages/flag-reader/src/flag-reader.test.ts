import { UsageError } from '@fluidscope/errors';
import { expect, it } from 'vitest';
import { FlagReader } from './flag-reader.js';

it('reads good values and reports nothing', () => {
  const reader = new FlagReader();
  expect(reader.duration('--a', '25ms')).toBe(25_000_000);
  expect(reader.limit('--b', 'none')).toBeUndefined();
  expect(reader.wholeNumber('--c', '7', 1)).toBe(7);
  expect(reader.positiveNumber('--d', '0.5')).toBe(0.5);
  expect(reader.choice('--e', 'x', ['x', 'y'])).toBe('x');
  expect(reader.duration('--absent', undefined)).toBeUndefined();
  expect(() => reader.finish('run')).not.toThrow();
});

it('reports every problem at once, each with its flag, what was expected and what came', () => {
  const reader = new FlagReader();
  reader.duration('--ttft-deadline', '25');
  reader.limit('--idle-timeout', '0s');
  reader.wholeNumber('--num-requests', '1e3', 1);
  reader.wholeNumber('--workers', '0', 1);
  reader.positiveNumber('--request-rate', '-1');
  reader.choice('--endpoint-type', 'chatty', ['chat']);
  const error = thrownBy(() => reader.finish('run'));
  expect(error.problems.map((problem) => problem.split(':')[0])).toEqual([
    '--ttft-deadline',
    '--idle-timeout',
    '--num-requests',
    '--workers',
    '--request-rate',
    '--endpoint-type',
  ]);
  for (const problem of error.problems) expect(problem).toMatch(/expected .* but received /);
  expect(error.hint).toContain('fluidscope run --help');
});

function thrownBy(act: () => void): UsageError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof UsageError) return thrown;
  }
  throw new Error('Expected a UsageError but nothing of the kind was thrown');
}
