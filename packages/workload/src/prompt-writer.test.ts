import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approximateTokenCounter } from './approximate-token-counter.js';
import type { TokenCounter } from './plan.js';
import { createPromptWriter } from './prompt-writer.js';
import { randomStreams } from './random-stream.js';
import { letterCounter, openingCounter, pairCounter, tripletCounter } from './testing/odd-token-counters.js';

const approximation = approximateTokenCounter();

function write(counter: TokenCounter, lengthTokens: number, index = 0, before = ''): string {
  return createPromptWriter(counter).write(randomStreams(5, 'text')(index), lengthTokens, before);
}

describe.each([approximation, letterCounter, openingCounter])('with $description', (counter) => {
  it('writes exactly the stated number of tokens, on its own and behind other text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 400 }), fc.nat(1_000), (lengthTokens, index) => {
        expect(counter.countTokens(write(counter, lengthTokens, index))).toBe(lengthTokens);
        const behind = 'the end' + write(counter, lengthTokens, index, 'the end');
        expect(counter.countTokens(behind) - counter.countTokens('the end')).toBe(lengthTokens);
      }),
      { numRuns: 60, seed: 2 },
    );
  });
});

it('writes one token', () => {
  expect(approximation.countTokens(write(approximation, 1))).toBe(1);
  expect(letterCounter.countTokens(write(letterCounter, 1))).toBe(1);
});

it('comes within two tokens where counts do not add up at the seams', () => {
  for (let index = 0; index < 50; index += 1) {
    const text = write(tripletCounter, 100 + index, index);
    expect(Math.abs(tripletCounter.countTokens(text) - (100 + index))).toBeLessThanOrEqual(2);
  }
});

it('comes as near as the pieces allow, and ends, where the length cannot be made', () => {
  expect(pairCounter.countTokens(write(pairCounter, 101))).toBeLessThanOrEqual(101);
  expect(write(pairCounter, 1)).toBe('');
});

it('repeats a text for equal sources, and reads as words with single spaces', () => {
  const text = write(approximation, 50, 3);
  expect(write(approximation, 50, 3)).toBe(text);
  expect(text).toMatch(/^[a-z]+( [a-z]+){49}$/);
  expect(write(approximation, 50, 4)).not.toBe(text);
});

it('begins a shorter text of the same source as the longer one', () => {
  expect(write(approximation, 512, 9).startsWith(write(approximation, 100, 9))).toBe(true);
});
