import type { Loss } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';

interface Gap {
  fromNs: number;
  toNs: number;
  count: number;
}

/** Counts the rows that found no room while the disk was slower than the run, so that they become rows of `losses`. */
export class DroppedRows {
  #gaps = new Map<string, Gap>();

  add(tableName: string, timesNs: Iterable<number>): void {
    const gap = this.#gaps.get(tableName) ?? { fromNs: Infinity, toNs: -Infinity, count: 0 };
    for (const timeNs of timesNs) {
      gap.fromNs = Math.min(gap.fromNs, timeNs);
      gap.toNs = Math.max(gap.toNs, timeNs);
      gap.count++;
    }
    if (gap.count > 0) this.#gaps.set(tableName, gap);
  }

  take(): readonly Loss[] {
    const losses = [...this.#gaps].map(([tableName, { fromNs, toNs, count }]) => ({
      source: `trace_store.${tableName}`,
      fromNs: runNs(fromNs),
      toNs: runNs(toNs),
      count,
      reason: 'write_queue_full',
    }));
    this.#gaps = new Map();
    return losses;
  }
}
