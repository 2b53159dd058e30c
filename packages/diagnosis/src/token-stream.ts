import type { TokenTimings } from '@fluidscope/metrics';

/** One request that ended well, as the diagnosis reads it. Chunks without tokens are left out. */
export interface TokenStream {
  readonly requestIndex: number;
  /** `startNs` is the intended send. */
  readonly timings: TokenTimings;
  /** The actual send. */
  readonly sentNs: number;
  /** Position in the stream of each chunk that carried tokens, those without counted. */
  readonly seqs: Uint32Array;
  /** `undefined` where nobody counted them. */
  readonly promptTokens: number | undefined;
  /** The true arrival of chunk i lies in `[arrivalsNs[i] - errorsNs[i], arrivalsNs[i]]`; NaN: no bound is known. */
  readonly errorsNs: Float64Array;
}
