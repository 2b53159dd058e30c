import type { EngineNs } from './engine-time.js';
import { Fifo } from './fifo.js';
import type { Sequence } from './sequence.js';
import type { EngineRequest } from './serving-engine.js';

/**
 * First come, first served, preempted requests before all others in the order in which they were first admitted. Who is held for something
 * stands among the others by when that ends.
 * Cancelled requests stay until they reach the head and are dropped there.
 */
export class WaitingQueue<R extends EngineRequest> {
  /** Preempted, the next to resume last: preemption takes the last admitted first, so pushing keeps the order. */
  private readonly preempted: Sequence<R>[] = [];
  private readonly arrivals = new Fifo<Sequence<R>>();
  /** By the end of their hold, the first to end last. */
  private readonly held: Sequence<R>[] = [];

  append(sequence: Sequence<R>): void {
    if (sequence.readyNs <= sequence.arrivedNs) this.arrivals.push(sequence);
    else {
      this.held.push(sequence);
      this.held.sort((a, b) => b.readyNs - a.readyNs);
    }
  }

  returnPreempted(sequence: Sequence<R>): void {
    this.preempted.push(sequence);
  }

  /** The next one to admit that has arrived by `nowNs`. */
  head(nowNs: EngineNs): Sequence<R> | undefined {
    const next = this.first();
    return next !== undefined && next.readyNs <= nowNs ? next : undefined;
  }

  /** The next one to admit, whenever it arrives and is held no more. */
  first(): Sequence<R> | undefined {
    while (this.preempted.at(-1)?.isCancelled === true) this.preempted.pop();
    while (this.held.at(-1)?.isCancelled === true) this.held.pop();
    while (this.arrivals.first()?.isCancelled === true) this.arrivals.removeFirst();
    const [held, arrival] = [this.held.at(-1), this.arrivals.first()];
    const next = held !== undefined && held.readyNs <= (arrival?.arrivedNs ?? Infinity) ? held : arrival;
    return this.preempted.at(-1) ?? next;
  }

  /** Takes out what `first` returned. */
  removeFirst(): void {
    const first = this.first();
    if (first === undefined) return;
    if (this.preempted.at(-1) === first) this.preempted.pop();
    else if (this.held.at(-1) === first) this.held.pop();
    else this.arrivals.removeFirst();
  }

  arrivedCount(nowNs: EngineNs): number {
    let count = 0;
    for (const { isCancelled } of this.preempted) if (!isCancelled) count++;
    for (const { arrivedNs, isCancelled } of this.held) if (arrivedNs <= nowNs && !isCancelled) count++;
    for (const { arrivedNs, isCancelled } of this.arrivals) {
      if (arrivedNs > nowNs) break;
      if (!isCancelled) count++;
    }
    return count;
  }
}
