import { UsageError } from '@fluidscope/errors';
import type { EngineProfile } from './profiles.js';

/**
 * How an iteration is filled.
 *
 * - `chunked` (vLLM V1, Sarathi): every running request first, in order of admission, which gives each decode its token; what is
 *   left of the token budget goes to prompts, cut into chunks that fit.
 * - `prefill-first` (vLLM V0 without chunking): as long as a waiting prompt can be admitted, an iteration runs whole prompts and
 *   nothing else, and every decode stands still; otherwise an iteration runs all decodes.
 * - `unchunked` (Orca; vLLM V1 with chunked prefill off): as `chunked`, but a prompt enters whole or not at all, so that decodes
 *   and whole prompts share one long iteration.
 *
 * All admit first come, first served, and preempt the last admitted.
 */
export const SCHEDULING_POLICIES = ['chunked', 'prefill-first', 'unchunked'] as const;
export type SchedulingPolicy = (typeof SCHEDULING_POLICIES)[number];

export interface EngineConfig {
  readonly policy: SchedulingPolicy;
  /** vLLM's `--max-num-seqs`: requests running at once. */
  readonly maxSequenceCount: number;
  /** vLLM's `--max-num-batched-tokens`: tokens in one iteration. */
  readonly maxBatchedTokens: number;
  /** vLLM's `--max-model-len`: prompt and output of one request. */
  readonly maxModelTokens: number;
  readonly kvBlockCount: number;
  readonly blockTokens: number;
  /** Share of the pool that admissions leave free for the requests that run already. */
  readonly watermarkRatio: number;
  readonly prefixCaching: boolean;
  /** Speculative decoding: tokens that are drafted for each decode of an iteration; 0 for none. */
  readonly draftTokens: number;
  /** Chance that a drafted token is accepted, given that those before it were: an iteration gives a decode `(1 - x^(k+1)) / (1 - x)` tokens. */
  readonly acceptanceRatio: number;
}

/** What to change in a profile's limits; what is absent or undefined stays. */
export type EngineOverrides = { readonly [Key in keyof EngineConfig]?: EngineConfig[Key] | undefined };

/**
 * The profile's limits with `overrides` on top. Without an override the longest request is cut to what the pool holds, and the
 * policies that run prompts whole get a budget that the longest prompt fits into, as vLLM does.
 *
 * Throws `UsageError` with every limit that contradicts another.
 */
export function resolveEngineConfig(profile: EngineProfile, overrides: EngineOverrides = {}): EngineConfig {
  const policy = overrides.policy ?? 'chunked';
  const kvBlockCount = overrides.kvBlockCount ?? profile.kvBlockCount;
  const blockTokens = overrides.blockTokens ?? 16;
  const maxModelTokens =
    overrides.maxModelTokens ?? Math.min(profile.maxModelTokens, kvBlockCount * blockTokens);
  const wholePrompts = policy !== 'chunked';
  const config: EngineConfig = {
    policy,
    kvBlockCount,
    blockTokens,
    maxModelTokens,
    maxBatchedTokens:
      overrides.maxBatchedTokens ?? Math.max(profile.maxBatchedTokens, wholePrompts ? maxModelTokens : 0),
    maxSequenceCount: overrides.maxSequenceCount ?? profile.maxSequenceCount,
    watermarkRatio: overrides.watermarkRatio ?? 0.01,
    prefixCaching: overrides.prefixCaching ?? true,
    draftTokens: overrides.draftTokens ?? 0,
    acceptanceRatio: overrides.acceptanceRatio ?? 0.7,
  };
  const problems = configProblems(config);
  if (problems.length > 0) throw new UsageError(problems);
  return config;
}

/** Problems speak of limits by vLLM's names, which users of this engine know from their own command lines. */
const LIMIT_NAMES = {
  maxSequenceCount: 'max-num-seqs',
  maxBatchedTokens: 'max-num-batched-tokens',
  maxModelTokens: 'max-model-len',
  kvBlockCount: 'kv-blocks',
  blockTokens: 'block-size',
} as const;

/** What contradicts itself in it; empty when nothing does. */
export function configProblems(config: EngineConfig): string[] {
  const problems: string[] = [];
  for (const key of Object.keys(LIMIT_NAMES) as (keyof typeof LIMIT_NAMES)[]) {
    if (!Number.isSafeInteger(config[key]) || config[key] < 1) {
      problems.push(`Expected a whole number from 1 for ${LIMIT_NAMES[key]} but received ${config[key]}`);
    }
  }
  if (!(config.watermarkRatio >= 0 && config.watermarkRatio < 1)) {
    problems.push(
      `Expected a ratio from 0 to below 1 for watermarkRatio but received ${config.watermarkRatio}`,
    );
  }
  if (!(config.acceptanceRatio >= 0 && config.acceptanceRatio <= 1)) {
    problems.push(`Expected a ratio from 0 to 1 for acceptanceRatio but received ${config.acceptanceRatio}`);
  }
  if (!Number.isSafeInteger(config.draftTokens) || config.draftTokens < 0) {
    problems.push(`Expected a whole number from 0 for draftTokens but received ${config.draftTokens}`);
  }
  return problems.length > 0 ? problems : contradictions(config);
}

function contradictions(config: EngineConfig): string[] {
  const problems: string[] = [];
  const { policy, maxModelTokens, maxBatchedTokens, maxSequenceCount } = config;
  const poolTokens = config.kvBlockCount * config.blockTokens;
  if (maxModelTokens > poolTokens) {
    problems.push(
      `Expected max-model-len to fit into the KV pool of ${poolTokens} tokens but received ${maxModelTokens}`,
    );
  }
  if (maxSequenceCount > maxBatchedTokens) {
    problems.push(
      `Expected max-num-batched-tokens to hold a token for each of max-num-seqs ${maxSequenceCount} but received ${maxBatchedTokens}`,
    );
  }
  if (policy !== 'chunked' && maxBatchedTokens < maxModelTokens) {
    problems.push(
      `Expected max-num-batched-tokens to hold a whole prompt of max-model-len ${maxModelTokens} under the policy ${policy} but received ${maxBatchedTokens}`,
    );
  }
  return problems;
}
