/** When the runs of a series are due: `startedMs + slot * everyMs` for every slot that begins before `forMs` is over. Wall times, ms. */
export interface SeriesSchedule {
  readonly startedMs: number;
  readonly everyMs: number;
  readonly forMs: number;
}

/** A run may begin late by so much of `everyMs`; later, its slot is missed: two runs close together are not what was asked for. */
const LATEST_START_RATIO = 0.1;
/** No program begins to the millisecond: it is given a second, where that is not the next slot's. */
const LEAST_LATENESS_MS = 1_000;

export function slotsCount({ everyMs, forMs }: SeriesSchedule): number {
  return Math.max(1, Math.ceil(forMs / everyMs));
}

export function dueMs({ startedMs, everyMs }: SeriesSchedule, slot: number): number {
  return startedMs + slot * everyMs;
}

/** Whether a slot is over that nobody has used. */
export function isMissed(schedule: SeriesSchedule, slot: number, nowMs: number): boolean {
  const { everyMs } = schedule;
  const allowedMs = Math.min(everyMs, Math.max(LATEST_START_RATIO * everyMs, LEAST_LATENESS_MS));
  return nowMs > dueMs(schedule, slot) + allowedMs;
}
