import type { EngineProfile } from '../profiles.js';

/** An iteration of n tokens takes 1 ms + n × 10 µs, exactly: times in tests can be added up by hand. */
export const PLAIN_PROFILE: EngineProfile = {
  name: 'plain',
  costs: {
    baseNs: 1_000_000,
    linearLayers: [
      { batchTokens: 1, elapsedNs: 10_000 },
      { batchTokens: 2, elapsedNs: 20_000 },
    ],
    perPrefillPairNs: 0,
    perDecodeContextTokenNs: 0,
    perSequenceNs: 0,
  },
  stepNoiseRatio: 0,
  kvBlockCount: 1_000,
  maxModelTokens: 4_096,
  maxBatchedTokens: 64,
  maxSequenceCount: 16,
};
