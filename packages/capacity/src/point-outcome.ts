/** One demand of an SLO as a share: at least `targetRatio` (above 0, below 1) of what it counts must be good. */
export interface CapacityTerm {
  readonly name: string;
  readonly targetRatio: number;
}

/**
 * What a term counts of one request: 1 of 1 where it judges requests, the gaps in time of all gaps where it judges tokens. A failed request is 0 of
 * 1 to every term.
 */
export interface TermCount {
  readonly goodCount: number;
  readonly totalCount: number;
}

/** A measured request, as a search needs it. */
export interface PointRequest {
  readonly intendedNs: number;
  /** `undefined`: it was still in flight when the run ended. */
  readonly endedNs: number | undefined;
  /** It ended without an answer: refused, broken off. Every term counts it as bad already; no throughput counts it. */
  readonly isFailed?: boolean;
  /** One a term, in the order of the terms. */
  readonly counts: readonly TermCount[];
}

/** Everything that one run at one load gave; `requests` in order of their intended send. */
export interface PointOutcome {
  readonly requests: readonly PointRequest[];
  /** When the run stopped sending. */
  readonly sendingEndedNs: number;
  /** What was found while the run went on and ended it before its plan did. */
  readonly stoppedBy: 'saturation' | 'certainty' | undefined;
}

/** What to measure next. */
export interface PlannedPoint {
  /** Requests a second, or requests in flight. */
  readonly load: number;
  /** Points of one seed are one plan scaled in time, and one piece of evidence. */
  readonly seedIndex: number;
  readonly requestCount: number;
  /**
   * `burst`: `load` requests all at once, to see how many a second the engine ends; `bracket`: where to look, stopped as soon as it is certain; `refine`:
   * evidence, never stopped.
   */
  readonly purpose: 'burst' | 'bracket' | 'refine';
}

/** A term's counts at a load, over the steady part of the run, whole and in successive batches. */
export interface TermMeasure extends TermCount {
  readonly batches: readonly TermCount[];
  /** How many times the variance of independent requests it has; at least 1. */
  readonly designEffect: number;
  /** Confidence sequence of the share. */
  readonly lowRatio: number;
  readonly highRatio: number;
}

/** Of `ofCount` requests of a burst that were answered at all, `count` were within `tookNs` of its start. */
export interface BurstAnswered {
  readonly ofCount: number;
  readonly count: number;
  readonly tookNs: number;
}

export type PointVerdict = 'met' | 'not_met' | 'straddles' | 'saturated' | 'nothing';

/** A measured point of the search: all that it needs to go on. */
export interface MeasuredPoint extends PlannedPoint {
  readonly verdict: PointVerdict;
  readonly terms: readonly TermMeasure[];
  /** Requests that the run sent, and those of its steady part. */
  readonly sentCount: number;
  readonly steadyCount: number;
  /** 95th percentile from intended send to end; `undefined` when nothing ended. */
  readonly lifetimeNs: number | undefined;
  readonly elapsedNs: number;
  /** Of a burst of which anything was answered: how many were by the time at which most were. */
  readonly answered?: BurstAnswered | undefined;
  readonly stoppedBy: PointOutcome['stoppedBy'];
}
