import type { EvidenceTier } from '@fluidscope/diagnosis';
import type { Cause } from '@fluidscope/trace-schema';
import type { ClockError } from './clock-errors.js';
import type { ConfusionEntry } from './confusion.js';
import type { RunSpec, Tier } from './run-spec.js';

/** What came of one run under one tier; plain data, that threads can pass. */
export interface RunOutcome extends Omit<RunSpec, 'tiers'> {
  readonly tier: Tier;
  readonly missedCount: number;
  readonly totalCount: number;
  readonly confusion: readonly ConfusionEntry[];
  readonly claims: readonly ClaimOutcome[];
  /** What was heard, claimed or not. */
  readonly suspicions: readonly SuspicionOutcome[];
  readonly counterfactuals: readonly CounterfactualOutcome[];
  /** Of the baselines; under the tier `all` alone. */
  readonly baselines: Readonly<Record<BaselineName, readonly ConfusionEntry[]>> | undefined;
  /** Under the tier `all` alone. */
  readonly clockErrors: readonly ClockError[];
}

export const BASELINES = ['correlation', 'threshold'] as const;
export type BaselineName = (typeof BASELINES)[number];

/** One suspicion of one episode whose cause was still to be told. */
export interface SuspicionOutcome {
  /** Sum of its log-likelihood ratios. */
  readonly score: number;
  /** Misses of the episode, and how many of them were its cause's. */
  readonly weight: number;
  readonly correctWeight: number;
}

/** One claim on one episode. */
export interface ClaimOutcome {
  readonly cause: Cause;
  readonly confidence: number;
  /** What its confidence was made of. */
  readonly score: number;
  readonly evidence: EvidenceTier;
  /** Misses that it claimed, and how many of them were its own. */
  readonly weight: number;
  readonly correctWeight: number;
}

/** The fluidity-index without a cause, as the diagnosis reckons it and as the replay without the fault has it. */
export interface CounterfactualOutcome {
  readonly cause: Cause;
  /** `undefined` where the cause was not found. */
  readonly claimedIndex: number | undefined;
  /** The interval that the diagnosis gives for it. */
  readonly range: { readonly lowIndex: number; readonly highIndex: number } | undefined;
  readonly trueIndex: number;
}
