import { gpuMetricByName, hostMetricByName } from '@fluidscope/trace-schema';
import type { CauseRule, DiagnosisContext, NamedCause } from './causes/cause-rule.js';
import type { SampleLine } from './telemetry/sample-line.js';
import type { MetricSource } from './telemetry/telemetry.js';
import type { TimeBins } from './time-bins.js';

/** How far a cause was at work at one place, over a run. */
export interface Exposure {
  /** As in a suspicion. */
  readonly sourceId: string | undefined;
  /** By bin of the run, 0 to 1: the share of it in which the cause was at work. NaN where nobody looked. */
  readonly activeRatios: Float64Array;
}

export interface CauseExposure extends Exposure {
  readonly cause: NamedCause;
}

/** What the rules say themselves, and of the others what the counters that they read show. */
export function exposuresOf(rules: readonly CauseRule[], context: DiagnosisContext): CauseExposure[] {
  return rules.flatMap((rule) =>
    (rule.exposure?.(context) ?? fromCounters(rule, context))
      .filter(({ activeRatios }) => isTelling(activeRatios))
      .map((exposure) => ({ ...exposure, cause: rule.cause })),
  );
}

/** What is at work most of the time, as a counter of CPU time is, or never, says nothing of when. */
const MOST_ACTIVE_BINS_RATIO = 0.5;
const ACTIVE_RATIO = 0.01;

function isTelling(activeRatios: Float64Array): boolean {
  let [active, seen] = [0, 0];
  for (const ratio of activeRatios) {
    if (Number.isNaN(ratio)) continue;
    seen += 1;
    if (ratio >= ACTIVE_RATIO) active += 1;
  }
  return active > 0 && active <= MOST_ACTIVE_BINS_RATIO * seen;
}

function fromCounters({ reads }: CauseRule, { telemetry, bins }: DiagnosisContext): Exposure[] {
  const sources = [
    { metrics: reads.gpu ?? [], places: telemetry.gpus },
    { metrics: reads.host ?? [], places: telemetry.hosts },
  ];
  return sources.flatMap(({ metrics, places }) =>
    places.flatMap((place) => combined(place, metrics.filter(isCounter), bins)),
  );
}

function isCounter(metric: string): boolean {
  return (gpuMetricByName(metric) ?? hostMetricByName(metric))?.kind === 'counter';
}

function combined(place: MetricSource, metrics: readonly string[], bins: TimeBins): Exposure[] {
  const lines = metrics.flatMap((metric) => {
    const line = place.line(metric);
    return line === undefined ? [] : [exposureOfCounter(line, bins, nsPerUnitOf(metric))].filter(isTelling);
  });
  const [first, ...others] = lines;
  if (first === undefined) return [];
  const activeRatios = first.map((ratio, bin) =>
    others.reduce((most, other) => Math.max(most, other[bin] ?? 0), ratio),
  );
  return [{ sourceId: place.sourceId, activeRatios }];
}

/** For a counter of time; `undefined` for one of occurrences. */
function nsPerUnitOf(metric: string): number | undefined {
  return metric.endsWith('_ns') ? 1 : metric.endsWith('_us') ? 1_000 : undefined;
}

/** A counter of time by the share of each bin that it grew by; of occurrences by whether it grew. */
export function exposureOfCounter(
  line: SampleLine,
  bins: TimeBins,
  nsPerUnit: number | undefined,
): Float64Array {
  return filledBins(bins, (fromNs, toNs) => {
    const grown = line.growthOver(fromNs, toNs);
    if (grown === undefined || grown.toNs - grown.fromNs > line.reachNs + (toNs - fromNs)) return NaN;
    const ratio =
      nsPerUnit === undefined
        ? Math.sign(grown.growth)
        : (grown.growth * nsPerUnit) / (grown.toNs - grown.fromNs);
    return Math.min(1, Math.max(0, ratio));
  });
}

/** A gauge by the share of each bin's level between two, so that `from` is 0 and `to` is 1; `from` above `to` for one whose fall tells. */
export function exposureOfGauge(
  line: SampleLine,
  bins: TimeBins,
  { from, to }: { readonly from: number; readonly to: number },
): Float64Array {
  return filledBins(bins, (fromNs, toNs) => {
    const level = line.meanOver(fromNs, toNs);
    return level === undefined ? NaN : Math.min(1, Math.max(0, (level - from) / (to - from)));
  });
}

function filledBins(
  { fromNs, binNs, count }: TimeBins,
  of: (fromNs: number, toNs: number) => number,
): Float64Array {
  return Float64Array.from({ length: count }, (_, bin) =>
    of(fromNs + bin * binNs, fromNs + (bin + 1) * binNs),
  );
}
