import type { DurationNs } from '@fluidscope/units';

/** One isolated request: how long its first token took when nothing else ran. */
export interface PrefillPoint {
  /** Position in the plan of requests, from 0. */
  readonly requestIndex: number;
  /** The length that was asked for: points that share it are repeats of one measurement. */
  readonly lengthTokens: number;
  /** The prompt's length by the server's usage where it gave one, else by the client's counter. */
  readonly promptTokens: number;
  /** From the actual send to the first token. */
  readonly ttftNs: DurationNs;
}
