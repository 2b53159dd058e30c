import { durationNs, NS_PER_S } from '@fluidscope/units';
import { drawRequests, ARXIV_LIKE } from './lengths.js';
import {
  CHUNKED_2048,
  CHUNKED_512,
  measuredDeadlines,
  PREFILL_FIRST,
  serve,
  UNCHUNKED,
  type System,
} from './serve.js';

/** One system by three definitions of its token rate, tokens a second. */
export interface TokenRates {
  readonly system: string;
  /** All streams together while everything is there at once: what the machine can put through. */
  readonly throughputPerS: number;
  /** 1 / the median of the requests' mean TPOT. */
  readonly tpotRatePerS: number;
  /** The rate at which 99 % of requests keep a decode fluidity-index of 0.9. */
  readonly fluidRatePerS: number;
}

const SYSTEMS: readonly System[] = [PREFILL_FIRST, UNCHUNKED, CHUNKED_2048, CHUNKED_512];
/** No definition depends on it; a score wants one. */
const tbtDeadlineNs = durationNs(NS_PER_S / 20);
const OFFLINE_COUNT = 300;
export const ONLINE_RATE_PER_S = 0.6;
const ONLINE_COUNT = 600;

/** Four ways to schedule one GPU on one workload, by each definition. */
export function tokenRates(seed: number): readonly TokenRates[] {
  const rule = measuredDeadlines();
  return SYSTEMS.map((system) => {
    const all = drawRequests(ARXIV_LIKE, { count: OFFLINE_COUNT, ratePerS: 1e6, seed });
    const offline = serve(all, system, { rule, tbtDeadlineNs, seed });
    const paced = drawRequests(ARXIV_LIKE, { count: ONLINE_COUNT, ratePerS: ONLINE_RATE_PER_S, seed });
    const { run } = serve(paced, system, { rule, tbtDeadlineNs, seed });
    return {
      system: system.name,
      throughputPerS: (offline.run.outputTokens / offline.spanNs) * 1e9,
      tpotRatePerS: 1e9 / (run.tpotMeanNs?.p50 ?? NaN),
      fluidRatePerS: run.fluidTokenGenerationRate?.tokensPerS ?? NaN,
    };
  });
}

/** Names from best to worst by a definition. */
export function ranking(rates: readonly TokenRates[], by: (rates: TokenRates) => number): readonly string[] {
  return rates.toSorted((a, b) => by(b) - by(a)).map(({ system }) => system);
}
