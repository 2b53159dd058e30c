import type { ServerSample } from '@fluidscope/trace-schema';
import type { ServerMetric } from '../server-metric.js';
import type { LoggedStats } from './engine-log-line.js';
import { middleOf, type PlacedLine } from './placed-line.js';

/** Of all engines together, at each line of any: requests added up, of the caches the fullest. */
export function statsSamples(
  lines: readonly PlacedLine<LoggedStats>[],
  endpoint: string,
): readonly ServerSample[] {
  const latest = new Map<number, LoggedStats>();
  // Releases that never speak of preemptions do not say that there are none.
  const tellsPreemptions = lines.some(({ entry }) => entry.preemptionsCount !== undefined);
  let preemptionsCount = 0;
  return lines
    .toSorted((a, b) => a.fromNs - b.fromNs)
    .flatMap((line, index) => {
      latest.set(line.engineIndex, line.entry);
      // Those of the first line were counted since a line that nobody saw.
      if (index > 0) preemptionsCount += line.entry.preemptionsCount ?? 0;
      const told: readonly (readonly [ServerMetric, number | undefined])[] = [
        ['requests_running_count', total([...latest.values()], ({ runningCount }) => runningCount)],
        ['requests_waiting_count', total([...latest.values()], ({ waitingCount }) => waitingCount)],
        ['kv_cache_usage_ratio', largest([...latest.values()].map((each) => each.kvCacheUsageRatio))],
        ['prefix_cache_hit_ratio', largest([...latest.values()].map((each) => each.prefixCacheHitRatio))],
        ['preemptions_count', tellsPreemptions ? preemptionsCount : undefined],
      ];
      const timeNs = middleOf(line);
      return told.flatMap(([metric, value]) =>
        value === undefined ? [] : [{ endpoint, metric, timeNs, value }],
      );
    });
}

function total(stats: readonly LoggedStats[], countOf: (each: LoggedStats) => number): number {
  return stats.reduce((sum, each) => sum + countOf(each), 0);
}

function largest(ratios: readonly (number | undefined)[]): number | undefined {
  const known = ratios.filter((ratio) => ratio !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
