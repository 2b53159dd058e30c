import { NS_PER_S, type DurationNs } from '@fluidscope/units';
import type { RequestScore } from './request-score.js';

/** One demand on a request: a latency at or below its limit, or a fluidity-index at or above its floor. */
export type SloTerm =
  | { readonly metric: 'ttft' | 'tpot' | 'end_to_end'; readonly limitNs: DurationNs }
  | { readonly metric: 'fluidity_index'; readonly floorIndex: number };

/** What a request must meet, all of it. */
export type Slo = readonly SloTerm[];

/** Requests that met an SLO, over a stretch of time. */
export interface Goodput {
  readonly metCount: number;
  readonly requestsCount: number;
  readonly requestsPerS: number;
}

/**
 * Whether a request meets every term; equality meets a limit. A request without tokens meets none. A term that has
 * no value for a request with tokens (TPOT of a single token) is met: nothing of it was late.
 */
export function meetsSlo(score: RequestScore, slo: Slo): boolean {
  return score.outputTokens > 0 && slo.every((term) => meetsTerm(score, term));
}

/**
 * Requests a second that meet `slo`, over `durationNs`. `scores` are the requests that ended well; a failed one
 * meets nothing. `undefined` without a term or without time.
 */
export function goodput(
  scores: Iterable<RequestScore>,
  slo: Slo,
  durationNs: DurationNs,
): Goodput | undefined {
  if (slo.length === 0 || !(durationNs > 0)) return undefined;
  let metCount = 0;
  let requestsCount = 0;
  for (const score of scores) {
    requestsCount += 1;
    if (meetsSlo(score, slo)) metCount += 1;
  }
  return { metCount, requestsCount, requestsPerS: (metCount / durationNs) * NS_PER_S };
}

function meetsTerm(score: RequestScore, term: SloTerm): boolean {
  switch (term.metric) {
    case 'ttft':
      return atMost(score.ttftNs, term.limitNs);
    case 'tpot':
      return atMost(score.tpotMeanNs, term.limitNs);
    case 'end_to_end':
      return atMost(score.endToEndNs, term.limitNs);
    case 'fluidity_index':
      return score.fluidityIndex === undefined || score.fluidityIndex >= term.floorIndex;
  }
}

function atMost(valueNs: DurationNs | undefined, limitNs: DurationNs): boolean {
  return valueNs === undefined || valueNs <= limitNs;
}
