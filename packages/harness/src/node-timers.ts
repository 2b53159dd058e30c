import { NS_PER_MS, type RunClock, type RunNs } from '@fluidscope/units';
import type { Cancellation, Timers } from './timers.js';

/**
 * With this much to go or less, the loop turns (reads and all) until the moment has come, instead of sleeping.
 *
 * Node's timers step in whole milliseconds: a sleep alone ends up to a millisecond late, and may end a fraction of one
 * early. Turning from half a millisecond on leaves a send at most about half a millisecond late on an idle machine, for
 * 3 % of a core at 100 sends a second; the README has the measurement.
 */
const TURN_BELOW_NS = NS_PER_MS / 2;

/** 24 days; Node takes a longer one for 1 ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Node's timers, on the run's clock. */
export function createNodeTimers(clock: RunClock): Timers {
  return {
    callAt: (atNs, callback) => callNear(clock, { atNs, turnBelowNs: 0 }, callback),
    callOnTime: (atNs, callback) => callNear(clock, { atNs, turnBelowNs: TURN_BELOW_NS }, callback),
    callAfterIo: (callback) => {
      const immediate = setImmediate(callback);
      return { cancel: () => clearImmediate(immediate) };
    },
  };
}

function callNear(
  clock: RunClock,
  { atNs, turnBelowNs }: { readonly atNs: RunNs; readonly turnBelowNs: number },
  callback: () => void,
): Cancellation {
  let pending: Cancellation;
  const wait = (leftNs: number): void => {
    if (leftNs <= turnBelowNs) {
      const immediate = setImmediate(wake);
      pending = { cancel: () => clearImmediate(immediate) };
    } else {
      const round = turnBelowNs === 0 ? Math.ceil : Math.floor;
      const timeout = setTimeout(wake, Math.min(Math.max(1, round(leftNs / NS_PER_MS)), LONGEST_TIMEOUT_MS));
      pending = { cancel: () => clearTimeout(timeout) };
    }
  };
  const wake = (): void => {
    const leftNs = atNs - clock.nowNs();
    if (leftNs <= 0) callback();
    else wait(leftNs);
  };
  wait(atNs - clock.nowNs());
  return { cancel: () => pending.cancel() };
}
