import type { ChatMessage } from './plan.js';

/**
 * What a load is, as plain data: it survives JSON, and with the data set and the token counter it decides every
 * request to the nanosecond and the byte. Checked by `parseWorkloadSpec`.
 */
export interface WorkloadSpec {
  /** A whole number from 0. One seed, one workload, whatever the number of clients. */
  readonly seed: number;
  readonly arrivals: ArrivalSpec;
  /**
   * Measured requests; warm-up comes on top. Absent: as many as the arrivals give (stages and recorded arrivals end
   * by themselves), without end for the others.
   */
  readonly requestCount?: number | undefined;
  /** Requests sent before the measured ones, at the load's first rate. 0 for none. */
  readonly warmupRequestCount: number;
  /** `recorded` takes the prompt itself, where the data set has one, and its length where it has not. */
  readonly promptLengths: LengthSpec;
  readonly outputLengths: LengthSpec;
  /** Tokens of text that every generated prompt begins with, on top of `promptLengths`. */
  readonly sharedPrefixTokens?: number | undefined;
}

/** How the gaps between arrivals are distributed; the mean gap is always 1 / rate. */
export type ArrivalProcess =
  /** Equal gaps, the first request at once. */
  | { readonly kind: 'constant' }
  /** Exponential gaps. */
  | { readonly kind: 'poisson' }
  /** Gamma gaps of shape `burstiness`: 1 is Poisson, below 1 burstier, above 1 smoother. */
  | { readonly kind: 'gamma'; readonly burstiness: number };

export type ArrivalSpec =
  | (ArrivalProcess & { readonly ratePerS: number })
  /** The process's own time runs as fast as the rate: no arrival is lost or clipped where two stages meet. */
  | { readonly kind: 'stages'; readonly process: ArrivalProcess; readonly stages: readonly ArrivalStage[] }
  /** A request is sent as soon as one of `concurrencyCount` slots is free. */
  | { readonly kind: 'closed_loop'; readonly concurrencyCount: number }
  /** Everything at offset 0: a request rate of infinity. */
  | { readonly kind: 'all_at_once' }
  /** The data set's own times, multiplied by `timeScale`: 0.5 replays twice as fast. */
  | { readonly kind: 'recorded'; readonly timeScale: number };

/** A piece of the schedule. The rate moves in a straight line from one end to the other; equal ends make a step. */
export interface ArrivalStage {
  readonly fromRatePerS: number;
  readonly toRatePerS: number;
  readonly durationNs: number;
}

export type LengthSpec =
  | { readonly kind: 'fixed'; readonly lengthTokens: number }
  /** Whole numbers, both ends included. */
  | { readonly kind: 'uniform'; readonly minTokens: number; readonly maxTokens: number }
  /** Draws below half a token are drawn again; `stddevTokens` is refused where that would be more than 2.3 % of them. */
  | { readonly kind: 'normal'; readonly meanTokens: number; readonly stddevTokens: number }
  /** Mean and deviation are those of the lengths, not of their logarithms. Drawn again as for `normal`. */
  | { readonly kind: 'lognormal'; readonly meanTokens: number; readonly stddevTokens: number }
  /** The k-th length from `minTokens` up has a weight of k^-exponent. */
  | {
      readonly kind: 'zipf';
      readonly exponent: number;
      readonly minTokens: number;
      readonly maxTokens: number;
    }
  /** As the data set has it. */
  | { readonly kind: 'recorded' };

/** One request of a data set. */
export interface DatasetRow {
  /** From the data set's earliest request; `undefined` where the format has no times. */
  readonly arrivalOffsetNs: number | undefined;
  readonly prompt: DatasetPrompt;
  /** `undefined` where the data set does not say. */
  readonly output: DatasetOutput | undefined;
  /** What the request must meet by itself, such as `ttft:200ms fluidity:0.95`; absent: what the run asks of all. */
  readonly slo?: string | undefined;
}

export type DatasetPrompt =
  /** A length; the text is generated. */
  | { readonly kind: 'length'; readonly promptTokens: number }
  /** A length, and which blocks of `MOONCAKE_BLOCK_TOKENS` it is made of: equal ids are equal text. */
  | { readonly kind: 'blocks'; readonly promptTokens: number; readonly blockIds: readonly number[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'messages'; readonly messages: readonly ChatMessage[] };

export type DatasetOutput =
  | { readonly kind: 'length'; readonly outputTokens: number }
  /** The answer that was recorded; its length is counted with the plan's token counter. */
  | { readonly kind: 'text'; readonly text: string };
