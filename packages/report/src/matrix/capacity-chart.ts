/** What is known of one capacity. */
export type CapacityBar =
  | {
      readonly kind: 'found';
      readonly estimate: number;
      readonly low: number;
      readonly high: number;
      readonly binds?: string | undefined;
    }
  /** The SLO is not met even at `limit`. */
  | { readonly kind: 'below'; readonly limit: number }
  /** The SLO is met even at `limit`. */
  | { readonly kind: 'above'; readonly limit: number }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Not searched yet. */
  | { readonly kind: 'open' };

/** Capacities of several systems under several SLOs, for one workload. */
export interface CapacityChart {
  readonly title: string;
  /** `requests/s` or `requests in flight`. */
  readonly unit: string;
  readonly systems: readonly string[];
  readonly slos: readonly { readonly name: string; readonly terms: string }[];
  /** By SLO, then by system, in their orders. */
  readonly bars: readonly (readonly CapacityBar[])[];
}

/** `12.3 (11.8 to 12.9)`, `below 1`, `above 64`, `failed`, `-`. */
export function capacityText(bar: CapacityBar): string {
  switch (bar.kind) {
    case 'found':
      return `${load(bar.estimate)} (${load(bar.low)} to ${load(bar.high)})`;
    case 'below':
      return `below ${load(bar.limit)}`;
    case 'above':
      return `above ${load(bar.limit)}`;
    case 'failed':
      return 'failed';
    case 'open':
      return '-';
  }
}

/** Three digits. */
export function load(value: number): string {
  return String(Number(value.toPrecision(3)));
}
