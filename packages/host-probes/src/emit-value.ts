import { hostMetricByName } from '@fluidscope/trace-schema';
import type { KernelText } from './kernel-text.js';

/** Takes one value that a parser found. `subId` as in HOST_METRICS. */
export type EmitValue = (metricId: number, subId: number, value: number) => void;

/** Reads a file's text and emits what it finds of it; odd text emits less, and never throws. */
export type ParseFile = (text: KernelText, emit: EmitValue) => void;

/** @throws RangeError for a name that is not in HOST_METRICS: a slip of this package, seen as it is imported */
export function metricIdOf(name: string): number {
  const metric = hostMetricByName(name);
  if (metric === undefined) throw new RangeError(`Expected a name of HOST_METRICS but received ${name}`);
  return metric.id;
}
