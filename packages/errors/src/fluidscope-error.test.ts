import { expect, it } from 'vitest';
import { EXIT_STATUS, messageOf, UsageError } from './fluidscope-error.js';

it('reports every problem of a usage error at once', () => {
  const error = new UsageError(['--a: expected x', '--b: expected y'], { hint: 'See --help.' });
  expect(error.message).toBe('--a: expected x\n--b: expected y');
  expect(error.exitStatus).toBe(EXIT_STATUS.usage);
  expect(error.hint).toBe('See --help.');
});

it('gives the text of anything thrown', () => {
  expect(messageOf(new Error('x'))).toBe('x');
  expect(messageOf(7)).toBe('7');
});
