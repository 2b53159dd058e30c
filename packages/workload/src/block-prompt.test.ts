import { expect, it } from 'vitest';
import { approximateTokenCounter } from './approximate-token-counter.js';
import { MOONCAKE_BLOCK_TOKENS, writeBlockPrompt } from './block-prompt.js';
import { createPromptWriter } from './prompt-writer.js';
import { randomStreams } from './random-stream.js';

const counter = approximateTokenCounter();

function words(promptTokens: number, blockIds: readonly number[], seed = 1): string[] {
  const writer = createPromptWriter(counter);
  return writeBlockPrompt(writer, randomStreams(seed, 'block'), { promptTokens, blockIds }).split(' ');
}

function commonWordCount(left: readonly string[], right: readonly string[]): number {
  const index = left.findIndex((word, position) => word !== right[position]);
  return index === -1 ? left.length : index;
}

it('has the stated tokens, the last block as short as it must be', () => {
  for (const promptTokens of [1, 511, 512, 513, 1_100]) {
    const ids = Array.from({ length: Math.ceil(promptTokens / MOONCAKE_BLOCK_TOKENS) }, (_, index) => index);
    expect(words(promptTokens, ids)).toHaveLength(promptTokens);
  }
});

it('shares exactly the blocks of equal ids, and parts in the first words of the next', () => {
  const left = words(2_000, [0, 4, 5, 6]);
  for (const [ids, sharedBlockCount] of [
    [[0, 4, 5, 7], 3],
    [[0, 4, 8, 6], 2],
    [[0, 9, 5, 6], 1],
    [[3, 4, 5, 6], 0],
  ] as const) {
    const common = commonWordCount(left, words(2_000, ids));
    expect(common).toBeGreaterThanOrEqual(sharedBlockCount * MOONCAKE_BLOCK_TOKENS);
    expect(common).toBeLessThan(sharedBlockCount * MOONCAKE_BLOCK_TOKENS + 3);
  }
});

it('writes a short last block as the beginning of the whole one', () => {
  expect(commonWordCount(words(700, [0, 4]), words(1_024, [0, 4]))).toBe(700);
});

it('gives an id other text under another seed', () => {
  expect(commonWordCount(words(512, [0], 1), words(512, [0], 2))).toBeLessThan(3);
});
