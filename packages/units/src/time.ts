import type { Brand } from './brand.js';

/**
 * Integer nanoseconds since the run's start on the client's monotonic clock.
 *
 * A plain `number` at run time: integers are exact to 2^53 ns, which is 104 days.
 * Negative values are events before the run's start (set-up).
 */
export type RunNs = Brand<number, 'RunNs'>;

/** Integer nanoseconds between two instants of one clock. */
export type DurationNs = Brand<number, 'DurationNs'>;

/** Absolute nanoseconds of this host's CLOCK_MONOTONIC. Two hosts' values do not subtract. */
export type MonoNs = Brand<bigint, 'MonoNs'>;

/** Nanoseconds since the Unix epoch. For people and log files; never for a latency. */
export type WallNs = Brand<bigint, 'WallNs'>;

/** Port: the run's clock. Domain code never reads a clock of its own. */
export interface RunClock {
  nowNs(): RunNs;
}

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

/** Brands a whole number of nanoseconds; throws `RangeError` on a fraction, NaN or an unsafe integer. */
export function runNs(value: number): RunNs {
  return requireSafeInteger(value, 'RunNs') as RunNs;
}

/** Brands a whole number of nanoseconds; throws `RangeError` on a fraction, NaN or an unsafe integer. */
export function durationNs(value: number): DurationNs {
  return requireSafeInteger(value, 'DurationNs') as DurationNs;
}

export function monoNs(value: bigint): MonoNs {
  return value as MonoNs;
}

export function wallNs(value: bigint): WallNs {
  return value as WallNs;
}

/** `to - from`; negative when `to` is earlier. */
export function elapsedNs(from: RunNs, to: RunNs): DurationNs {
  return (to - from) as DurationNs;
}

/** The instant `delayNs` after `at`. */
export function addNs(at: RunNs, delayNs: DurationNs): RunNs {
  return (at + delayNs) as RunNs;
}

/** Milliseconds to the nearest whole nanosecond. */
export function durationFromMs(valueMs: number): DurationNs {
  return durationNs(Math.round(valueMs * NS_PER_MS));
}

/** Seconds to the nearest whole nanosecond. */
export function durationFromS(valueS: number): DurationNs {
  return durationNs(Math.round(valueS * NS_PER_S));
}

function requireSafeInteger(value: number, type: string): number {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`Expected a whole number of nanoseconds for ${type} but received ${value}`);
  }
  return value;
}
