import { hostMetricByName } from '@fluidscope/trace-schema';

/** Takes one value that a parser found. `subId` as in HOST_METRICS. */
export type EmitValue = (metricId: number, subId: number, value: number) => void;

/** @throws RangeError for a name that is not in HOST_METRICS: a slip of this package, seen as it is imported */
export function metricIdOf(name: string): number {
  const metric = hostMetricByName(name);
  if (metric === undefined) throw new RangeError(`Expected a name of HOST_METRICS but received ${name}`);
  return metric.id;
}
