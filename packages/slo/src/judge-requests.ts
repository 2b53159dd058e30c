import type { RequestScore } from '@fluidscope/metrics';
import { NS_PER_S, type DurationNs } from '@fluidscope/units';
import type { LatencyMetric, RequestTerm } from './terms.js';

/** Of a request's score what an SLO can ask for. A `RequestScore` is one. */
export interface JudgedScore extends Pick<
  RequestScore,
  | 'outputTokens'
  | 'ttftNs'
  | 'tpotMeanNs'
  | 'endToEndNs'
  | 'fluidityIndex'
  | 'missedDeadlinesCount'
  | 'totalDeadlinesCount'
> {
  /** Longest wait for a token after the first; where absent, that of the outcome's `tbtNs`. */
  readonly tbtMaxNs?: DurationNs | undefined;
}

/** What is known of a measured request that was sent and not cancelled by the client itself. */
export interface RequestOutcome {
  /** `undefined`: it failed. */
  readonly score: JudgedScore | undefined;
  /** Waits for its tokens after the first, one a token (`tbtGaps`). Only terms of `tbt` need them; absent: not known. */
  readonly tbtNs?: Float64Array | undefined;
  /** Terms of its own, from the data set: they stand in for the SLO's terms of the same metric, and beside those of others. */
  readonly ownTerms?: readonly RequestTerm[] | undefined;
}

/** Requests that met the terms that hold for them, of all that ended and have any, failed ones too. */
export interface Goodput {
  readonly metCount: number;
  readonly requestsCount: number;
  /** Of those, the ones with terms of their own. */
  readonly ownTermsCount: number;
  /** `undefined` where nobody knows how long they took. */
  readonly requestsPerS: number | undefined;
}

/** The terms that hold for a request: its own in place of the SLO's of the same metric. */
export function termsFor(
  terms: readonly RequestTerm[],
  ownTerms: readonly RequestTerm[] | undefined,
): readonly RequestTerm[] {
  if (ownTerms === undefined || ownTerms.length === 0) return terms;
  const owned = new Set(ownTerms.map(({ metric }) => metric));
  return [...terms.filter(({ metric }) => !owned.has(metric)), ...ownTerms];
}

/**
 * Whether a request meets every term; equality meets a limit. A failed request and one without tokens meet none, not even
 * no term at all. A term without a value for a request with tokens (TPOT of a single token) is met: nothing was late.
 */
export function meetsTerms(outcome: RequestOutcome, terms: readonly RequestTerm[]): boolean {
  const { score } = outcome;
  return score !== undefined && score.outputTokens > 0 && terms.every((term) => meetsTerm(outcome, term));
}

function meetsTerm(outcome: RequestOutcome, term: RequestTerm): boolean {
  if (term.metric === 'fluidity_index') {
    const index = outcome.score?.fluidityIndex;
    return index === undefined || index >= term.floorIndex;
  }
  const valueNs = latencyOf(outcome, term.metric);
  return valueNs === undefined || valueNs <= term.limitNs;
}

/** A request's latency by its name in the grammar, ns; `undefined` where it has no definition or failed. */
export function latencyOf({ score, tbtNs }: RequestOutcome, metric: LatencyMetric): number | undefined {
  switch (metric) {
    case 'ttft':
      return score?.ttftNs;
    case 'tbt':
      return score === undefined ? undefined : (score.tbtMaxNs ?? longestOf(tbtNs));
    case 'tpot':
      return score?.tpotMeanNs;
    case 'end_to_end':
      return score?.endToEndNs;
  }
}

function longestOf(waitsNs: Float64Array | undefined): number | undefined {
  return waitsNs?.reduce<number | undefined>((longest = 0, wait) => Math.max(longest, wait), undefined);
}

/** For each request 1 where it meets every term that holds for it, else 0. */
export function judgeRequests(
  terms: readonly RequestTerm[],
  outcomes: readonly RequestOutcome[],
): Uint8Array {
  return Uint8Array.from(outcomes, (outcome) =>
    meetsTerms(outcome, termsFor(terms, outcome.ownTerms)) ? 1 : 0,
  );
}

/**
 * Requests that meet `terms`, or their own, over `durationNs`. Without `terms`, only requests that have their own are judged;
 * `undefined` where none has. No rate without time.
 *
 * Source of the notion: DistServe (arXiv 2401.09670), requests a second within their latency limits.
 */
export function goodput(
  terms: readonly RequestTerm[],
  outcomes: readonly RequestOutcome[],
  durationNs: DurationNs | undefined,
): Goodput | undefined {
  const withOwn = outcomes.filter(hasOwnTerms);
  if (terms.length === 0 && withOwn.length === 0) return undefined;
  const judged = terms.length === 0 ? withOwn : outcomes;
  const metCount = judgeRequests(terms, judged).reduce((sum, met) => sum + met, 0);
  const requestsPerS =
    durationNs === undefined || durationNs <= 0 ? undefined : (metCount / durationNs) * NS_PER_S;
  return { metCount, requestsCount: judged.length, ownTermsCount: withOwn.length, requestsPerS };
}

function hasOwnTerms({ ownTerms = [] }: RequestOutcome): boolean {
  return ownTerms.length > 0;
}
