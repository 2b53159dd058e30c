import { loadCurves, type SystemCurve } from './chunked-prefill.js';
import { hiddenStall, type HiddenStall } from './hidden-stall.js';
import { ARXIV_LIKE, SHAREGPT_LIKE } from './lengths.js';
import { tokenRates, type TokenRates } from './token-rates.js';

export interface Findings {
  readonly rates: readonly TokenRates[];
  readonly arxiv: readonly SystemCurve[];
  readonly shareGpt: readonly SystemCurve[];
  readonly stall: HiddenStall;
}

/** All of them, in virtual time: some ten seconds, and the same figures for a seed on every machine. */
export function findingsOf(seed: number): Findings {
  return {
    rates: tokenRates(seed),
    arxiv: loadCurves(ARXIV_LIKE, seed),
    shareGpt: loadCurves(SHAREGPT_LIKE, seed),
    stall: hiddenStall(seed),
  };
}
