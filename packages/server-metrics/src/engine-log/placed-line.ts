import { runNs, type RunNs } from '@fluidscope/units';

/** When something was at the earliest and at the latest, run time, ns. */
export interface TimeRange {
  readonly fromNs: number;
  readonly toNs: number;
}

/** A line of the log, and when it was written. */
export interface PlacedLine<Entry> extends TimeRange {
  readonly engineIndex: number;
  readonly entry: Entry;
}

/** What a row of the trace says of a range; nothing in a trace is before its run. */
export function middleOf({ fromNs, toNs }: TimeRange): RunNs {
  return runNs(Math.max(0, Math.round((fromNs + toNs) / 2)));
}
