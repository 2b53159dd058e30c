import { isGrowth } from './backlog-growth.js';
import { judgePoint } from './judge-point.js';
import type { CapacityTerm, PlannedPoint, PointOutcome, PointRequest } from './point-outcome.js';

/** Looked at when so many more requests have ended: looking costs nothing statistically, only time. */
const ENDS_BETWEEN_LOOKS_COUNT = 25;
const FEWEST_ENDS_COUNT = 50;

/**
 * Watches a bracketing run while it goes on and says when it need not: it is over-saturated, or its verdict is certain. Fed with requests in the order
 * in which they end. A run that is evidence is never stopped: stopping it by what it shows would bend what it shows.
 */
export class PointWatch {
  readonly #ended: PointRequest[] = [];
  readonly #intendedNs: number[] = [];
  #stop: PointOutcome['stoppedBy'];

  constructor(
    private readonly planned: PlannedPoint,
    private readonly terms: readonly CapacityTerm[],
    /** A closed loop keeps what is in flight by itself, and cannot be over-saturated. */
    private readonly isOpenLoop: boolean,
  ) {}

  /** Why the run may stop; `undefined`: it goes on. Once given, it stays. */
  get stop(): PointOutcome['stoppedBy'] {
    return this.#stop;
  }

  sent(intendedNs: number): void {
    this.#intendedNs.push(intendedNs);
  }

  ended(request: PointRequest, atNs: number): void {
    this.#ended.push(request);
    const endedCount = this.#ended.length;
    if (this.planned.purpose !== 'bracket' || this.#stop !== undefined || endedCount < FEWEST_ENDS_COUNT)
      return;
    if (endedCount % ENDS_BETWEEN_LOOKS_COUNT === 0) this.#stop = this.#look(atNs);
  }

  #look(atNs: number): PointOutcome['stoppedBy'] {
    if (this.isOpenLoop && this.#isSaturated(atNs)) return 'saturation';
    const requests = this.#ended.toSorted((a, b) => a.intendedNs - b.intendedNs);
    const { verdict } = judgePoint(
      this.planned,
      { requests, sendingEndedNs: atNs, stoppedBy: undefined },
      this.terms,
    );
    return verdict === 'met' || verdict === 'not_met' ? 'certainty' : undefined;
  }

  /** Over the later half of what has passed: the first half may have filled an empty engine. */
  #isSaturated(atNs: number): boolean {
    const startNs = this.#intendedNs[0] ?? atNs;
    const fromNs = (startNs + atNs) / 2;
    const arrivedCount = this.#intendedNs.filter(
      (intendedNs) => intendedNs >= fromNs && intendedNs < atNs,
    ).length;
    const endedCount = this.#ended.filter(({ endedNs = 0 }) => endedNs >= fromNs).length;
    return isGrowth(arrivedCount, endedCount);
  }
}
