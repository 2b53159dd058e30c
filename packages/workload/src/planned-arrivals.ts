import { NS_PER_S, type DurationNs } from '@fluidscope/units';
import { arrivalOffsets, type ArrivalOffset } from './arrival-offsets.js';
import { phaseStreams } from './phase-streams.js';
import type { PlannedRequest } from './plan.js';
import type { ArrivalSpec, ArrivalStage, DatasetRow, WorkloadSpec } from './spec.js';

export interface PlannedArrival {
  readonly phase: PlannedRequest['phase'];
  /** From 0 in each phase. */
  readonly position: number;
  readonly offsetNs: ArrivalOffset;
}

/** Every arrival of the plan, warm-up first. The measured schedule begins when the next warm-up request would be due. */
export function* plannedArrivals(
  spec: WorkloadSpec,
  rows: readonly DatasetRow[],
): Generator<PlannedArrival, void> {
  const measuredStartNs = yield* warmup(spec, rows);
  let position = 0;
  for (const offsetNs of arrivalOffsets(
    spec.arrivals,
    phaseStreams(spec.seed, 'arrivals')('measured', 0),
    rows,
  )) {
    if (position === spec.requestCount) return;
    yield { phase: 'measured', position, offsetNs: later(offsetNs, measuredStartNs) };
    position += 1;
  }
}

/** How many arrivals there are, or `undefined` where neither the spec nor the arrivals end. */
export function countArrivals(spec: WorkloadSpec, rows: readonly DatasetRow[]): number | undefined {
  switch (spec.arrivals.kind) {
    case 'recorded':
      return spec.warmupRequestCount + (spec.requestCount ?? rows.length);
    case 'stages':
      return countOf(plannedArrivals(spec, rows));
    case 'constant':
    case 'poisson':
    case 'gamma':
    case 'closed_loop':
    case 'all_at_once':
      return spec.requestCount === undefined ? undefined : spec.warmupRequestCount + spec.requestCount;
  }
}

/** Yields the warm-up arrivals and returns when the measured ones begin. */
function* warmup(spec: WorkloadSpec, rows: readonly DatasetRow[]): Generator<PlannedArrival, DurationNs> {
  if (spec.warmupRequestCount === 0) return 0 as DurationNs;
  let position = 0;
  for (const offsetNs of arrivalOffsets(
    warmupArrivals(spec.arrivals, rows),
    phaseStreams(spec.seed, 'arrivals')('warmup', 0),
    rows,
  )) {
    if (position === spec.warmupRequestCount) return offsetNs ?? (0 as DurationNs);
    yield { phase: 'warmup', position, offsetNs };
    position += 1;
  }
  return 0 as DurationNs;
}

/**
 * The load's own arrivals at its first rate: for stages the first above 0 (of a ramp from 0 its mean), for recorded times
 * their mean rate.
 */
function warmupArrivals(arrivals: ArrivalSpec, rows: readonly DatasetRow[]): ArrivalSpec {
  switch (arrivals.kind) {
    case 'stages':
      return { ...arrivals.process, ratePerS: firstRatePerS(arrivals.stages) };
    case 'recorded': {
      const spanNs = (rows.at(-1)?.arrivalOffsetNs ?? 0) * arrivals.timeScale;
      if (spanNs === 0) return { kind: 'all_at_once' };
      return { kind: 'constant', ratePerS: ((rows.length - 1) * NS_PER_S) / spanNs };
    }
    case 'constant':
    case 'poisson':
    case 'gamma':
    case 'closed_loop':
    case 'all_at_once':
      return arrivals;
  }
}

function firstRatePerS(stages: readonly ArrivalStage[]): number {
  const busy = stages.find((stage) => stage.fromRatePerS + stage.toRatePerS > 0);
  return busy === undefined ? 0 : busy.fromRatePerS || (busy.fromRatePerS + busy.toRatePerS) / 2;
}

function later(offsetNs: ArrivalOffset, byNs: DurationNs): ArrivalOffset {
  return offsetNs === undefined ? undefined : ((offsetNs + byNs) as DurationNs);
}

function countOf(items: Iterator<unknown>): number {
  let count = 0;
  while (items.next().done !== true) count += 1;
  return count;
}
