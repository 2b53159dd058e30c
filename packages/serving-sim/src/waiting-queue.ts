import type { EngineNs } from './engine-time.js';
import { Fifo } from './fifo.js';
import type { Sequence } from './sequence.js';
import type { EngineRequest } from './serving-engine.js';

/**
 * First come, first served, preempted requests before all others in the order in which they were first admitted.
 * Cancelled requests stay until they reach the head and are dropped there.
 */
export class WaitingQueue<R extends EngineRequest> {
  /** Preempted, the next to resume last: preemption takes the last admitted first, so pushing keeps the order. */
  private readonly preempted: Sequence<R>[] = [];
  private readonly arrivals = new Fifo<Sequence<R>>();

  append(sequence: Sequence<R>): void {
    this.arrivals.push(sequence);
  }

  returnPreempted(sequence: Sequence<R>): void {
    this.preempted.push(sequence);
  }

  /** The next one to admit that has arrived by `nowNs`. */
  head(nowNs: EngineNs): Sequence<R> | undefined {
    const next = this.first();
    return next !== undefined && next.arrivedNs <= nowNs ? next : undefined;
  }

  /** The next one to admit, whenever it arrives. */
  first(): Sequence<R> | undefined {
    while (this.preempted.at(-1)?.isCancelled === true) this.preempted.pop();
    while (this.arrivals.first()?.isCancelled === true) this.arrivals.removeFirst();
    return this.preempted.at(-1) ?? this.arrivals.first();
  }

  /** Takes out what `first` returned. */
  removeFirst(): void {
    if (this.first() === undefined) return;
    if (this.preempted.length > 0) this.preempted.pop();
    else this.arrivals.removeFirst();
  }

  arrivedCount(nowNs: EngineNs): number {
    let count = 0;
    for (const { isCancelled } of this.preempted) if (!isCancelled) count++;
    for (const { arrivedNs, isCancelled } of this.arrivals) {
      if (arrivedNs > nowNs) break;
      if (!isCancelled) count++;
    }
    return count;
  }
}
