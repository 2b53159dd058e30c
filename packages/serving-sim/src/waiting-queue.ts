import type { EngineNs } from './engine-time.js';
import type { Sequence } from './sequence.js';
import type { EngineRequest } from './serving-engine.js';

/**
 * First come, first served, preempted requests before all others in the order in which they were first admitted.
 * Cancelled requests stay until they reach the head and are dropped there.
 */
export class WaitingQueue<R extends EngineRequest> {
  /** Preempted, the next to resume last: preemption takes the last admitted first, so pushing keeps the order. */
  private readonly preempted: Sequence<R>[] = [];
  private readonly arrivals: Sequence<R>[] = [];
  private headIndex = 0;

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
    while (this.arrivals[this.headIndex]?.isCancelled === true) this.dropFirstArrival();
    return this.preempted.at(-1) ?? this.arrivals[this.headIndex];
  }

  /** Takes out what `first` returned. */
  removeFirst(): void {
    if (this.first() === undefined) return;
    if (this.preempted.length > 0) this.preempted.pop();
    else this.dropFirstArrival();
  }

  arrivedCount(nowNs: EngineNs): number {
    let count = 0;
    for (const sequence of this.preempted) if (!sequence.isCancelled) count++;
    for (let index = this.headIndex; index < this.arrivals.length; index++) {
      const sequence = this.arrivals[index];
      if (sequence === undefined || sequence.arrivedNs > nowNs) break;
      if (!sequence.isCancelled) count++;
    }
    return count;
  }

  /** Shifting an array of a million planned arrivals one by one would cost more than simulating them. */
  private dropFirstArrival(): void {
    this.headIndex++;
    if (this.headIndex < 1_024 || this.headIndex * 2 < this.arrivals.length) return;
    this.arrivals.splice(0, this.headIndex);
    this.headIndex = 0;
  }
}
