import { burstRatePerS, nextStep, type PlannedPoint } from '@fluidscope/capacity';
import { loadText } from '@fluidscope/report';
import { durationNs, formatDuration } from '@fluidscope/units';
import type { CapacityConfig } from './capacity-config.js';
import { unitOf } from './load-unit.js';
import type { ReadPoint } from './read-point.js';

/** What is run next and why, before it is. */
export function plannedText(
  config: CapacityConfig,
  { load, requestCount, purpose }: PlannedPoint,
  runNumber: number,
): string {
  if (purpose === 'burst') return `run ${runNumber} (how much at once): ${requestCount} requests at once`;
  const takesNs =
    config.by === 'concurrency' ? undefined : durationNs(Math.round((requestCount / load) * 1e9));
  const takes = takesNs === undefined ? '' : `, up to ${formatDuration(takesNs)}`;
  const why = purpose === 'bracket' ? 'where to look' : 'evidence';
  return `run ${runNumber} (${why}): ${loadText(load)} ${unitOf(config)}, ${requestCount} requests${takes}`;
}

/** What a run showed. */
export function pointText({ measured, shown }: ReadPoint, { terms }: CapacityConfig): string {
  if (measured.purpose === 'burst') {
    const ratePerS = burstRatePerS(measured);
    return ratePerS === undefined ? 'none was answered' : `answered ${loadText(ratePerS)} a second`;
  }
  const shares = terms.map(({ name }, index) => {
    const ratio = shown.termRatios[index];
    return `${name}: ${ratio === undefined ? '-' : `${(100 * ratio).toFixed(2)} %`}`;
  });
  return `${measured.verdict.replace('_', ' ')}; ${shares.join(', ')}`;
}

/** Between which loads the answer lies by now, once there is evidence; else nothing. */
export function soFarText(config: CapacityConfig, points: readonly ReadPoint[]): string {
  const measured = points.map((point) => point.measured);
  if (config.sweep !== undefined || measured.at(-1)?.purpose !== 'refine') return '';
  const step = nextStep({ ...config.search, mostRequestsCount: 0 }, measured);
  if (step.kind !== 'answer' || step.answer.kind !== 'found') return '';
  const { load, lowLoad, highLoad } = step.answer;
  return `; so far ${loadText(load)} (${loadText(lowLoad)} to ${loadText(highLoad)}) ${unitOf(config)}`;
}
