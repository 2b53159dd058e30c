import type { StepCosts } from './step-time.js';

/** One GPU with one model: what an iteration costs, what fits, and the limits that vLLM would start with. */
export interface EngineProfile {
  readonly name: string;
  readonly costs: StepCosts;
  /** Standard deviation of the logarithm of an iteration's duration; 0 for none. */
  readonly stepNoiseRatio: number;
  readonly kvBlockCount: number;
  readonly maxModelTokens: number;
  /** Token budget of an iteration under the chunked policy. */
  readonly maxBatchedTokens: number;
  readonly maxSequenceCount: number;
}

/**
 * Where the numbers come from, for both profiles.
 *
 * - `linearLayers`: Vidur's published profiling tables (compute profiles of one GPU, linear layers only, bf16). For the H100 the
 *   only such table is of Llama-2-7B, whose linear layers are 7 % smaller than Llama-3-8B's; it is used as it stands.
 * - `baseNs`: what BLIS's black-box fit of whole vLLM 0.8.4 steps for Llama-3.1-8B (5.753 ms on the H100, 16.44 ms on the A100 at no
 *   tokens) leaves over Vidur's linear layers at one token. So one lone decode costs what BLIS says, and a loaded step grows
 *   as the tables say.
 * - `perSequenceNs`: what BLIS's cost of a decode token leaves over the slope of Vidur's table from 1 to 64 tokens, where it leaves
 *   anything (6.0 - 4.8 µs on the H100; on the A100 18.2 is below 23.8, hence 0).
 * - BLIS's cost of a prefill token is not used but checked against: 17.25 µs on the H100, within 25 % of this composition for
 *   chunks of 128 to 4,096 tokens. On the A100 its 47.8 µs would be 94 % of the GPU's peak arithmetic, while Vidur's table is 65 %;
 *   there the table is believed, and a 2,048-token chunk costs a third more than BLIS says.
 * - Attention: estimates. A decode reads 128 KiB of KV a token of context (8 KV heads × 128 × 2 × 2 bytes × 32 layers) at 80 % of the
 *   memory's bandwidth; a prefill pair costs 1.3 ns (H100) or 3.5 ns (A100).
 * - `kvBlockCount`: BLIS's count for an 80 GB GPU at vLLM's default memory share: 29,205 blocks of 16 tokens, 467,280 tokens, 61 GB.
 * - Limits: vLLM's own defaults for its API server on these GPUs; Llama-3.1's context.
 */
const H100_LLAMA3_8B: EngineProfile = {
  name: 'h100-llama3-8b',
  costs: {
    baseNs: 153_000,
    linearLayers: linearLayers([
      [1, 5.6],
      [64, 5.9],
      [128, 6.4],
      [256, 9.2],
      [512, 12],
      [1024, 21],
      [2048, 40.5],
      [4096, 82.9],
    ]),
    perPrefillPairNs: 1.3,
    perDecodeContextTokenNs: 49,
    perSequenceNs: 1_240,
  },
  stepNoiseRatio: 0.04,
  kvBlockCount: 29_205,
  maxModelTokens: 131_072,
  maxBatchedTokens: 8_192,
  maxSequenceCount: 1_024,
};

const A100_LLAMA3_8B: EngineProfile = {
  name: 'a100-llama3-8b',
  costs: {
    baseNs: 6_742_000,
    linearLayers: linearLayers([
      [1, 9.7],
      [64, 11.2],
      [128, 13.2],
      [256, 19.5],
      [512, 34.6],
      [1024, 75],
      [2048, 142],
      [4096, 273],
    ]),
    perPrefillPairNs: 3.5,
    perDecodeContextTokenNs: 80,
    perSequenceNs: 0,
  },
  stepNoiseRatio: 0.04,
  kvBlockCount: 29_205,
  maxModelTokens: 131_072,
  maxBatchedTokens: 2_048,
  maxSequenceCount: 256,
};

/** The profiles by name. */
export const ENGINE_PROFILES = {
  'h100-llama3-8b': H100_LLAMA3_8B,
  'a100-llama3-8b': A100_LLAMA3_8B,
} as const;

export type EngineProfileName = keyof typeof ENGINE_PROFILES;

export const ENGINE_PROFILE_NAMES = Object.keys(ENGINE_PROFILES) as readonly EngineProfileName[];

function linearLayers(points: readonly (readonly [batchTokens: number, elapsedMs: number])[]) {
  return points.map(([batchTokens, elapsedMs]) => ({ batchTokens, elapsedNs: Math.round(elapsedMs * 1e6) }));
}
