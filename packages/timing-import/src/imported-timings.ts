import type { TokenTimings } from '@fluidscope/metrics';
import type { DurationNs } from '@fluidscope/units';

/** The formats that can be read, each one file of one tool's run. */
export const TIMING_FORMATS = ['jsonl', 'etalon', 'vllm', 'aiperf'] as const;

export type TimingFormat = (typeof TIMING_FORMATS)[number];

interface RequestIdentity {
  readonly requestId: string;
  readonly promptTokens: number | undefined;
}

/** A request whose token times the file holds; no chunk at all when it produced nothing. */
export interface TimedRequest extends RequestIdentity {
  readonly status: 'ok';
  readonly timings: TokenTimings;
}

/** A request that failed (`error`), or whose token times the file does not hold (`unscored`), and why. */
export interface UntimedRequest extends RequestIdentity {
  readonly status: 'error' | 'unscored';
  readonly reason: string;
}

export type ImportedRequest = TimedRequest | UntimedRequest;

export interface ImportedTimings {
  readonly format: TimingFormat;
  /** In the file's order. */
  readonly requests: readonly ImportedRequest[];
  /** How long the run took, from its first send to its last token; `undefined` where the format does not tell. */
  readonly durationNs: DurationNs | undefined;
  /** What the format cannot say and how that was dealt with, one sentence each. */
  readonly warnings: readonly string[];
}
