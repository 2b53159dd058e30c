import { exposureOfCounter, type Exposure } from '../exposure.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { TimeBins } from '../time-bins.js';

interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

/** By bin, the share that spans cover; they may be in any order and must not overlap. */
export function exposureOfSpans(spans: readonly Span[], { fromNs, binNs, count }: TimeBins): Float64Array {
  const ratios = new Float64Array(count);
  for (const span of spans) {
    const first = Math.max(0, Math.floor((span.fromNs - fromNs) / binNs));
    const last = Math.min(count - 1, Math.floor((span.toNs - fromNs) / binNs));
    for (let bin = first; bin <= last; bin += 1) {
      const sinceNs = fromNs + bin * binNs;
      const coveredNs = Math.min(span.toNs, sinceNs + binNs) - Math.max(span.fromNs, sinceNs);
      ratios[bin] = Math.min(1, (ratios[bin] ?? 0) + Math.max(0, coveredNs) / binNs);
    }
  }
  return ratios;
}

/** Of each place that counts such a time. */
export function exposuresOfCounter(
  places: readonly MetricSource[],
  metric: string,
  { bins, nsPerUnit }: { readonly bins: TimeBins; readonly nsPerUnit: number },
): readonly Exposure[] {
  return places.flatMap((place) => {
    const line = place.line(metric);
    return line === undefined
      ? []
      : [{ sourceId: place.sourceId, activeRatios: exposureOfCounter(line, bins, nsPerUnit) }];
  });
}
