import { expect, it } from 'vitest';
import { namesIn } from './scenario-files.js';
import { partOf, SPLIT } from './split.js';

it('has every family in one part', () => {
  expect([...SPLIT.tuning.families, ...SPLIT.heldOut.families].toSorted()).toEqual(namesIn('families'));
});

it('keeps the seeds of the parts apart', () => {
  expect(partOf('chat', 1)).toBe('tuning');
  expect(partOf('a100', 101)).toBe('heldOut');
  expect([partOf('a100', 1), partOf('chat', 101), partOf('chat', 21)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  for (let seed = 0; seed < 200; seed += 1)
    expect(SPLIT.tuning.hasSeed(seed) && SPLIT.heldOut.hasSeed(seed)).toBe(false);
});
