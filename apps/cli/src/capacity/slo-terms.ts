import type { CapacityTerm, TermCount } from '@fluidscope/capacity';
import {
  boundOf,
  formatRunTerm,
  meetsTerms,
  sampleOf,
  termsFor,
  type RequestOutcome,
  type RunTerm,
  type Slo,
} from '@fluidscope/slo';
import { durationNs } from '@fluidscope/units';

/** An SLO's terms as a search takes them: each a share, and what it counts of a request. */
export interface CountedTerm extends CapacityTerm {
  readonly countOf: (outcome: RequestOutcome) => TermCount;
}

/**
 * The terms of an SLO as shares: a quantile within a limit is a share of values within it, an error rate a share of requests that ended well. Names those that
 * are none, and those that no number of requests could show.
 */
export function countedTerms(slo: Slo): readonly CountedTerm[] | { readonly problem: string } {
  const problems = slo.runTerms.flatMap((term) => problemOf(term) ?? []);
  if (slo.runTerms.length === 0)
    problems.push('expected a term of a run, such as fluidity>=0.9@99% or p99_ttft<=2s');
  if (problems.length > 0) return { problem: problems.join('; ') };
  return slo.runTerms.map((term) => ({
    name: formatRunTerm(term),
    targetRatio: targetRatioOf(term),
    countOf: (outcome) => countOf(term, slo, outcome),
  }));
}

/** Whether a request by itself meets all that the SLO says of requests, its own terms in place of those of the same metric. */
export function isGoodFor(slo: Slo, outcome: RequestOutcome): boolean {
  const shares = slo.runTerms.flatMap(({ metric }) => (metric.kind === 'share' ? [metric.of] : []));
  const limits = slo.runTerms.flatMap(({ metric, limit }) =>
    metric.kind === 'quantile' ? [{ metric: metric.of, limitNs: durationNs(limit) }] : [],
  );
  return meetsTerms(outcome, termsFor([...slo.requestTerms, ...shares, ...limits], outcome.ownTerms));
}

function problemOf(term: RunTerm): string | undefined {
  const { kind } = term.metric;
  if (kind.endsWith('_rate') && kind !== 'error_rate')
    return `"${formatRunTerm(term)}": expected a demand on the requests, since the search sets their rate itself`;
  const targetRatio = targetRatioOf(term);
  return targetRatio > 0 && targetRatio < 1
    ? undefined
    : `"${formatRunTerm(term)}": expected a share above 0 % and below 100 %, which a number of requests can show`;
}

function targetRatioOf({ metric, limit }: RunTerm): number {
  if (metric.kind === 'quantile') return metric.ratio;
  return boundOf(metric) === 'at_most' ? 1 - limit : limit;
}

function countOf({ metric, limit }: RunTerm, slo: Slo, outcome: RequestOutcome): TermCount {
  const sample = sampleOf(metric, slo, { requests: [outcome], durationNs: durationNs(1) });
  switch (sample.kind) {
    case 'requests':
      return { goodCount: sample.good[0] ?? 0, totalCount: sample.good.length };
    case 'values':
      return within(sample.valuesNs, limit);
    case 'waits':
      return within(sample.waitsNs[0] ?? new Float64Array(0), limit);
    case 'deadlines':
      return { goodCount: sample.good[0] ?? 0, totalCount: sample.total[0] ?? 0 };
    case 'rate':
      return { goodCount: 0, totalCount: 0 };
  }
}

function within(valuesNs: Float64Array, limitNs: number): TermCount {
  const known = valuesNs.filter((value) => !Number.isNaN(value));
  return { goodCount: known.filter((value) => value <= limitNs).length, totalCount: known.length };
}
