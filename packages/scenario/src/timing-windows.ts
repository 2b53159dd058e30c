import { keyedDraw } from '@fluidscope/serving-sim';
import type { Fault } from './fault.js';
import { textKey } from './text-key.js';

/** A span of run time, its end not included. */
export interface Window {
  readonly fromNs: number;
  readonly toNs: number;
}

/** A fault with its windows, of one seed. */
export interface TimedFault {
  readonly fault: Fault;
  readonly windows: readonly Window[];
}

/** When a fault is on. The draws belong to the fault and to the number of the start: no other fault shifts them. */
export function windowsOf({ id, timing }: Fault, seed: number, durationNs: number): readonly Window[] {
  const { atNs, forNs, everyNs, untilNs = durationNs, spreadNs } = timing;
  const key = textKey(id);
  const windows: Window[] = [];
  for (let index = 0; index === 0 || everyNs !== undefined; index++) {
    const dueNs = atNs + index * (everyNs ?? 0);
    if (dueNs >= untilNs) break;
    const fromNs = dueNs + Math.floor(keyedDraw(seed, key, index) * spreadNs);
    const lastsNs = forNs ?? (everyNs === undefined ? Infinity : 0);
    windows.push({ fromNs, toNs: fromNs + lastsNs });
  }
  return windows;
}

/** Overlapping windows become one; ascending. */
export function mergeWindows(windows: readonly Window[]): readonly Window[] {
  const merged: { fromNs: number; toNs: number }[] = [];
  for (const { fromNs, toNs } of windows.toSorted((a, b) => a.fromNs - b.fromNs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromNs <= last.toNs) last.toNs = Math.max(last.toNs, toNs);
    else merged.push({ fromNs, toNs });
  }
  return merged;
}

/** The window that holds `atNs`, of ascending windows that do not overlap. */
export function windowAt(windows: readonly Window[], atNs: number): Window | undefined {
  let low = 0;
  let high = windows.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const window = windows[middle];
    if (window === undefined) return undefined;
    if (atNs < window.fromNs) high = middle - 1;
    else if (atNs >= window.toNs) low = middle + 1;
    else return window;
  }
  return undefined;
}
