import type { DurationNs } from '@fluidscope/units';
import type { RatioSample } from './intervals.js';
import {
  judgeRequests,
  latencyOf,
  meetsTerms,
  termsFor,
  type JudgedScore,
  type RequestOutcome,
} from './judge-requests.js';
import type { LatencyMetric, RequestTerm, RunMetric, Slo } from './terms.js';

/** A run's requests, in the order in which they were due. */
export interface RunOutcomes {
  readonly requests: readonly RequestOutcome[];
  /** What a rate is over. */
  readonly durationNs: DurationNs;
}

/**
 * What a figure stands on:
 *
 * - `requests`: one Bernoulli outcome a request, 1 for good. The figure is their share.
 * - `values`: one latency a request, ns, infinite for one that failed, NaN for one without a value. The figure is a quantile of those that have one.
 * - `waits`: pooled waits, ns, by request. The figure is a quantile over all of them.
 * - `deadlines`: how many of each request's deadlines were met. The figure is the pooled share.
 * - `rate`: what each request counts for (itself, or its tokens), nothing where it failed. The figure is their sum a second.
 */
export type TermSample =
  | { readonly kind: 'requests'; readonly good: Uint8Array }
  | { readonly kind: 'values'; readonly valuesNs: Float64Array }
  | { readonly kind: 'waits'; readonly waitsNs: readonly Float64Array[] }
  | ({ readonly kind: 'deadlines' } & RatioSample)
  | { readonly kind: 'rate'; readonly counts: Float64Array; readonly durationNs: DurationNs };

const WITHOUT_END = Float64Array.of(Infinity);
const NONE = new Float64Array(0);

/** What a figure of a run stands on. */
export function sampleOf(metric: RunMetric, slo: Pick<Slo, 'requestTerms'>, run: RunOutcomes): TermSample {
  const { requests, durationNs } = run;
  switch (metric.kind) {
    case 'quantile':
      return metric.of === 'tbt'
        ? { kind: 'waits', waitsNs: requests.map(waitsOf) }
        : { kind: 'values', valuesNs: latenciesOf(requests, metric.of) };
    case 'share':
      return { kind: 'requests', good: shareOutcomes(requests, metric.of) };
    case 'goodput':
      return { kind: 'requests', good: judgeRequests(slo.requestTerms, requests) };
    case 'error_rate':
      return {
        kind: 'requests',
        good: Uint8Array.from(requests, ({ score }) => (score === undefined ? 0 : 1)),
      };
    case 'missed_deadlines':
    case 'fluidity_index':
      return { kind: 'deadlines', ...deadlinesOf(requests) };
    case 'request_rate':
      return { kind: 'rate', counts: countsOf(requests, () => 1), durationNs };
    case 'output_token_rate':
      return { kind: 'rate', counts: countsOf(requests, (score) => score.outputTokens), durationNs };
  }
}

/** A request's own terms of the same metric stand in for the run's. */
function shareOutcomes(requests: readonly RequestOutcome[], term: RequestTerm): Uint8Array {
  return Uint8Array.from(requests, (outcome) => {
    const own = outcome.ownTerms?.filter(({ metric }) => metric === term.metric);
    return meetsTerms(outcome, termsFor([term], own)) ? 1 : 0;
  });
}

function waitsOf({ score, tbtNs = NONE }: RequestOutcome): Float64Array {
  return score === undefined ? WITHOUT_END : tbtNs;
}

function latenciesOf(requests: readonly RequestOutcome[], metric: LatencyMetric): Float64Array {
  return Float64Array.from(requests, (outcome) =>
    outcome.score === undefined || outcome.score.outputTokens === 0
      ? Infinity
      : (latencyOf(outcome, metric) ?? NaN),
  );
}

function countsOf(requests: readonly RequestOutcome[], of: (score: JudgedScore) => number): Float64Array {
  return Float64Array.from(requests, ({ score }) => (score === undefined ? 0 : of(score)));
}

function deadlinesOf(requests: readonly RequestOutcome[]): RatioSample {
  const total = Float64Array.from(requests, ({ score }) => score?.totalDeadlinesCount ?? 0);
  const good = total.map((count, index) => count - (requests[index]?.score?.missedDeadlinesCount ?? 0));
  return { good, total };
}
