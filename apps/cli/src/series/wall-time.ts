import { setTimeout as sleep } from 'node:timers/promises';
import type { SeriesTime } from './run-series.js';

/** A machine may sleep and a clock may be set: so it is looked at again and again. */
const LOOK_AGAIN_MS = 30_000;

export const wallTime: SeriesTime = {
  nowMs: () => Date.now(),
  waitUntil: async (atMs, signal) => {
    for (let leftMs = atMs - Date.now(); leftMs > 0 && !signal.aborted; leftMs = atMs - Date.now()) {
      await sleep(Math.min(leftMs, LOOK_AGAIN_MS), undefined, { signal }).catch(() => undefined);
    }
  },
};
