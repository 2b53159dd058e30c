import { NS_PER_S, type DurationNs } from '@fluidscope/units';
import { randomExponential, randomGamma } from 'd3-random';
import type { RandomSource } from './random-stream.js';
import type { ArrivalProcess, ArrivalSpec, ArrivalStage, DatasetRow } from './spec.js';

/** What an arrival has for a time: `undefined` in a closed loop. */
export type ArrivalOffset = DurationNs | undefined;

/**
 * When requests are sent, ascending, from the start of the load. Without end for a rate, a closed loop and all at
 * once; one for each row for recorded arrivals (rows are in order of time). Also ends where integer nanoseconds do, at
 * 104 days.
 */
export function* arrivalOffsets(
  arrivals: ArrivalSpec,
  source: RandomSource,
  rows: readonly DatasetRow[],
): Generator<ArrivalOffset, void> {
  switch (arrivals.kind) {
    case 'constant':
    case 'poisson':
    case 'gamma':
      yield* scheduledOffsets(unitArrivals(arrivals, source), [endlessStage(arrivals.ratePerS)]);
      return;
    case 'stages':
      yield* scheduledOffsets(unitArrivals(arrivals.process, source), arrivals.stages);
      return;
    case 'recorded':
      yield* recordedOffsets(rows, arrivals.timeScale);
      return;
    case 'all_at_once':
      for (;;) yield 0 as DurationNs;
    case 'closed_loop':
      for (;;) yield undefined;
  }
}

/** Arrivals in the process's own time, which counts mean gaps. Nothing is cut from the gaps' tails. */
function* unitArrivals(process: ArrivalProcess, source: RandomSource): Generator<number, never> {
  if (process.kind === 'constant') {
    for (let arrivalCount = 0; ; arrivalCount += 1) yield arrivalCount;
  }
  const nextGap =
    process.kind === 'poisson'
      ? randomExponential.source(source)(1)
      : randomGamma.source(source)(process.burstiness, 1 / process.burstiness);
  for (let arrivalCount = nextGap(); ; arrivalCount += nextGap()) yield arrivalCount;
}

/**
 * The process's own time runs as fast as the rate, so an arrival falls where the integral of the rate reaches it. A gap
 * that crosses from one stage into the next is stretched by each stage's rate for the part that lies in it.
 */
function* scheduledOffsets(
  unitArrivalTimes: Iterable<number>,
  stages: readonly ArrivalStage[],
): Generator<DurationNs, void> {
  const endNs = stages.reduce((sumNs, stage) => sumNs + stage.durationNs, 0);
  let startNs = 0;
  let startCount = 0;
  let stageIndex = 0;
  for (const arrivalCount of unitArrivalTimes) {
    let stage = stages[stageIndex];
    while (stage !== undefined && arrivalCount - startCount >= stageCount(stage)) {
      startNs += stage.durationNs;
      startCount += stageCount(stage);
      stageIndex += 1;
      stage = stages[stageIndex];
    }
    if (stage === undefined) return;
    const offsetNs = Math.round(startNs + timeWithinNs(stage, arrivalCount - startCount));
    if (offsetNs >= endNs || !Number.isSafeInteger(offsetNs)) return;
    yield offsetNs as DurationNs;
  }
}

function endlessStage(ratePerS: number): ArrivalStage {
  return { fromRatePerS: ratePerS, toRatePerS: ratePerS, durationNs: Infinity };
}

/** Arrivals that the stage is worth: the area under its rate. */
function stageCount({ fromRatePerS, toRatePerS, durationNs }: ArrivalStage): number {
  return (((fromRatePerS + toRatePerS) / 2) * durationNs) / NS_PER_S;
}

/**
 * When the area under the rate reaches `count`: the root of `from t + slope t^2 / 2 = count`, in the form that does not
 * cancel for a small slope.
 */
function timeWithinNs({ fromRatePerS, toRatePerS, durationNs }: ArrivalStage, count: number): number {
  if (count === 0) return 0;
  if (fromRatePerS === toRatePerS) return (count * NS_PER_S) / fromRatePerS;
  const slopePerS2 = ((toRatePerS - fromRatePerS) * NS_PER_S) / durationNs;
  const discriminant = Math.max(0, fromRatePerS ** 2 + 2 * count * slopePerS2);
  return (2 * count * NS_PER_S) / (fromRatePerS + Math.sqrt(discriminant));
}

function* recordedOffsets(rows: readonly DatasetRow[], timeScale: number): Generator<ArrivalOffset, void> {
  for (const { arrivalOffsetNs } of rows) {
    if (arrivalOffsetNs === undefined) return;
    const offsetNs = Math.round(arrivalOffsetNs * timeScale);
    if (!Number.isSafeInteger(offsetNs)) return;
    yield offsetNs as DurationNs;
  }
}
