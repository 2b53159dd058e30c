import { approximateTokenCounter } from '@fluidscope/workload';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PromptTokenizer } from './prompt-tokenizer.js';

const BLOCK_TOKENS = 16;
const words = (count: number, word = 'word') =>
  Array.from({ length: count }, (_, k) => `${word}${k}`).join(' ');

function tokenizer(): PromptTokenizer {
  return new PromptTokenizer(BLOCK_TOKENS);
}

it('counts as the workload’s approximation does, and at least 1', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.lorem({ maxCount: 60 })),
      (text) => {
        const counted = approximateTokenCounter().countTokens(text);
        expect(tokenizer().tokenizeText(text).promptTokens).toBe(Math.max(1, counted));
      },
    ),
  );
});

it('keys every full block', () => {
  fc.assert(
    fc.property(fc.lorem({ maxCount: 200 }), (text) => {
      const { promptTokens, blockKeys } = tokenizer().tokenizeText(text);
      expect(blockKeys).toHaveLength(Math.floor(promptTokens / BLOCK_TOKENS));
      expect(new Set(blockKeys).size).toBe(blockKeys.length);
    }),
  );
});

it('gives equal keys exactly as far as prompts are equal', () => {
  const shared = words(25);
  const a = tokenizer().tokenizeText(`${shared} ${words(30, 'one')}`).blockKeys;
  const b = tokenizer().tokenizeText(`${shared} ${words(30, 'two')}`).blockKeys;
  const sharedCount = a.findIndex((key, index) => key !== b[index]);
  expect(sharedCount).toBe(Math.floor((25 * 2) / BLOCK_TOKENS));
  expect(a.slice(sharedCount).some((key) => b.includes(key))).toBe(false);
});

it('gives a block another key behind another start', () => {
  const [, a] = tokenizer().tokenizeText(`${words(8, 'one')} ${words(8)}`).blockKeys;
  const [, b] = tokenizer().tokenizeText(`${words(8, 'two')} ${words(8)}`).blockKeys;
  expect(a).toBeDefined();
  expect(a).not.toBe(b);
});

it('keys a word that is longer than a block', () => {
  const { promptTokens, blockKeys } = tokenizer().tokenizeText('東'.repeat(40));
  expect([promptTokens, new Set(blockKeys).size]).toEqual([40, 2]);
});

it('takes token ids as they are', () => {
  const ids = Array.from({ length: 40 }, (_, k) => k);
  const { promptTokens, blockKeys } = tokenizer().tokenizeIds(ids);
  expect([promptTokens, blockKeys.length]).toEqual([40, 2]);
  expect(tokenizer().tokenizeIds([...ids.slice(0, 20), 7]).blockKeys[0]).toBe(blockKeys[0]);
  expect(tokenizer().tokenizeIds([]).promptTokens).toBe(1);
});
