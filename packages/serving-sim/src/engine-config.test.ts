import { UsageError } from '@fluidscope/errors';
import { expect, it } from 'vitest';
import { resolveEngineConfig } from './engine-config.js';
import { ENGINE_PROFILES } from './profiles.js';

const PROFILE = ENGINE_PROFILES['a100-llama3-8b'];

it('takes the profile’s limits', () => {
  expect(resolveEngineConfig(PROFILE)).toEqual({
    policy: 'chunked',
    maxSequenceCount: 256,
    maxBatchedTokens: 2_048,
    maxModelTokens: 131_072,
    kvBlockCount: 29_205,
    blockTokens: 16,
    watermarkRatio: 0.01,
    prefixCaching: true,
    draftTokens: 0,
    acceptanceRatio: 0.7,
  });
});

it('gives the policies that run prompts whole a budget for the longest', () => {
  expect(resolveEngineConfig(PROFILE, { policy: 'unchunked' }).maxBatchedTokens).toBe(131_072);
});

it('cuts the longest request to a small pool', () => {
  expect(resolveEngineConfig(PROFILE, { kvBlockCount: 100 }).maxModelTokens).toBe(1_600);
});

it('reports every contradiction at once', () => {
  const contradictory = {
    policy: 'prefill-first',
    maxModelTokens: 2_000,
    kvBlockCount: 100,
    maxBatchedTokens: 100,
  } as const;
  expect(() => resolveEngineConfig(PROFILE, contradictory)).toThrow(UsageError);
  expect(() => resolveEngineConfig(PROFILE, contradictory)).toThrow(
    [
      'Expected max-model-len to fit into the KV pool of 1600 tokens but received 2000',
      'Expected max-num-batched-tokens to hold a token for each of max-num-seqs 256 but received 100',
      'Expected max-num-batched-tokens to hold a whole prompt of max-model-len 2000 under the policy prefill-first but received 100',
    ].join('\n'),
  );
});

it.each([{ maxSequenceCount: 0 }, { kvBlockCount: 1.5 }, { watermarkRatio: 1 }, { watermarkRatio: NaN }])(
  'refuses %j',
  (overrides) => {
    expect(() => resolveEngineConfig(PROFILE, overrides)).toThrow(UsageError);
  },
);
