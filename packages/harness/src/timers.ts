import type { RunNs } from '@fluidscope/units';

/** Something pending that can be called off; calling it off twice, or after it ran, does nothing. */
export interface Cancellation {
  cancel(): void;
}

/** Port: when to go on. Callbacks run in a later turn of the event loop, never inside the call that asks for them. */
export interface Timers {
  /** Calls back at `atNs` or up to about a millisecond after; never before. Costs nothing while it waits. */
  callAt(atNs: RunNs, callback: () => void): Cancellation;
  /** The same with an eye on the clock in the last moment: within some microseconds on an idle machine. */
  callOnTime(atNs: RunNs, callback: () => void): Cancellation;
  /** Calls back after pending reads and writes had their turn. */
  callAfterIo(callback: () => void): Cancellation;
}

/** Calls back every `periodNs` from `startNs` on, on an absolute schedule; turns that have passed are left out. */
export function callEvery(
  timers: Timers,
  schedule: { readonly startNs: RunNs; readonly periodNs: number; readonly nowNs: () => RunNs },
  callback: (dueNs: RunNs) => void,
): Cancellation {
  const { startNs, periodNs, nowNs } = schedule;
  let pending: Cancellation;
  const arm = (turn: number): void => {
    const dueNs = (startNs + turn * periodNs) as RunNs;
    pending = timers.callAt(dueNs, () => {
      arm(Math.max(turn, Math.floor((nowNs() - startNs) / periodNs)) + 1);
      callback(dueNs);
    });
  };
  arm(1);
  return {
    cancel: () => {
      pending.cancel();
    },
  };
}
