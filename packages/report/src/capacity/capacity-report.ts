/** What was measured at one load. Latencies and goodput are over the whole run but its warm-up; the verdict is over its steady part. */
export interface CapacityPoint {
  readonly load: number;
  readonly verdict: 'met' | 'not_met' | 'straddles' | 'saturated' | 'nothing';
  readonly requestsCount: number;
  readonly failedCount: number;
  /** Of each of the SLO's terms in turn, the share that was good; `undefined` where nothing was counted. */
  readonly termRatios: readonly (number | undefined)[];
  readonly fluidityIndex: number | undefined;
  readonly ttftP50Ns: number | undefined;
  readonly ttftP99Ns: number | undefined;
  readonly tbtP50Ns: number | undefined;
  readonly tbtP99Ns: number | undefined;
  /** Requests a second that met all that the SLO says of a request. */
  readonly goodputPerS: number | undefined;
}

/** What limits the load, as the diagnosis of a point just above the capacity tells. */
export interface CapacityBinding {
  readonly load: number;
  /** The point was a burst: so many requests all at once, at no rate. */
  readonly isBurst?: boolean;
  /** A cause of the closed vocabulary, `unknown` too. */
  readonly cause: string;
  readonly headline: string;
  readonly evidence: string;
  /** The next thing to change. */
  readonly advice: string | undefined;
}

export type CapacityVerdict =
  | {
      readonly kind: 'found';
      readonly load: number;
      readonly lowLoad: number;
      readonly highLoad: number;
      /** The term that fails first, or that the engine cannot keep up before any does. */
      readonly failsFirst: string;
      /** Why the search ended before its interval was as narrow as asked. */
      readonly shortOf: string | undefined;
    }
  | { readonly kind: 'not_met_at_lowest'; readonly load: number }
  | { readonly kind: 'met_at_highest'; readonly load: number; readonly shortOf: string | undefined }
  | { readonly kind: 'nothing_measured' }
  /** A sweep has points and no answer. */
  | { readonly kind: 'swept' };

/** A search for a capacity, for people. */
export interface CapacityReport {
  readonly title: string;
  /** `requests/s` or `requests in flight`. */
  readonly unit: string;
  readonly slo: string;
  readonly terms: readonly { readonly name: string; readonly targetRatio: number }[];
  readonly verdict: CapacityVerdict;
  /** In order of load. */
  readonly points: readonly CapacityPoint[];
  readonly runsCount: number;
  readonly requestsCount: number;
  readonly elapsedNs: number;
  /** `undefined`: not asked for. */
  readonly binding: CapacityBinding | { readonly unknownBecause: string } | undefined;
}

/** Four digits at most. */
export function loadText(load: number): string {
  return String(Number(load.toPrecision(4)));
}
