import {
  durationNs,
  monoNs,
  runNs,
  wallNs,
  type DurationNs,
  type MonoNs,
  type RunClock,
  type WallNs,
} from '@fluidscope/units';

/** A run's clock and where its zero lies. */
export interface StartedRunClock extends RunClock, ClockZero {}

/** The zero of a run's clock, enough to read the same clock in another thread of this machine. */
export interface ClockZero {
  readonly startedMonoNs: MonoNs;
  readonly startedWallNs: WallNs;
}

/**
 * A run's clock: nanoseconds of CLOCK_MONOTONIC since `zero` (since now when it is not given). All threads of one
 * machine share that clock, so that workers given one zero stamp on one axis.
 */
export function createRunClock(zero: ClockZero = zeroNow()): StartedRunClock {
  const { startedMonoNs, startedWallNs } = zero;
  return {
    startedMonoNs,
    startedWallNs,
    nowNs: () => runNs(Number(process.hrtime.bigint() - startedMonoNs)),
  };
}

/** What one stamp costs and how finely the clock steps, measured here and now (a few milliseconds). */
export interface StampOverhead {
  /** Median time between two readings that follow each other at once. */
  readonly stampOverheadNs: DurationNs;
  /** Smallest step above zero between two readings. */
  readonly clockResolutionNs: DurationNs;
}

const WARM_READINGS_COUNT = 5_000;
const MEASURED_READINGS_COUNT = 20_001;

export function measureStampOverhead(clock: RunClock): StampOverhead {
  for (let i = 0; i < WARM_READINGS_COUNT; i++) clock.nowNs();
  const stepsNs = new Float64Array(MEASURED_READINGS_COUNT);
  let previousNs = clock.nowNs();
  for (let i = 0; i < stepsNs.length; i++) {
    const nowNs = clock.nowNs();
    stepsNs[i] = nowNs - previousNs;
    previousNs = nowNs;
  }
  stepsNs.sort();
  return {
    stampOverheadNs: durationNs(stepsNs[stepsNs.length >> 1] ?? 0),
    clockResolutionNs: durationNs(stepsNs.find((stepNs) => stepNs > 0) ?? 0),
  };
}

function zeroNow(): ClockZero {
  return {
    startedMonoNs: monoNs(process.hrtime.bigint()),
    startedWallNs: wallNs(BigInt(Date.now()) * 1_000_000n),
  };
}
