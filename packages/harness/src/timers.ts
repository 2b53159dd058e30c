import type { RunNs } from '@fluidscope/units';

/** Something pending that can be called off; calling it off twice, or after it ran, does nothing. */
export interface Cancellation {
  cancel(): void;
}

/** Port: when to go on. Tests pass a virtual one. */
export interface Timers {
  /** Calls back at `atNs` or, when that has passed, in a later turn of the event loop; never before, never at once. */
  callAt(atNs: RunNs, callback: () => void): Cancellation;
  /** Calls back after pending reads and writes had their turn. */
  callAfterIo(callback: () => void): Cancellation;
}
