import type { SimulatedRequest } from './simulated-request.js';

export interface Submission {
  readonly atNs: number;
  readonly request: SimulatedRequest;
}

/** Requests on their way to an engine, in order of arrival; ties go by key, so that a removed request reorders no other. */
export class Submissions {
  private queue: Submission[] = [];
  private headIndex = 0;

  constructor(known: readonly Submission[]) {
    this.queue = known.toSorted(inOrder);
  }

  first(): Submission | undefined {
    return this.queue[this.headIndex];
  }

  removeFirst(): void {
    this.headIndex += 1;
  }

  add(submission: Submission): void {
    let low = this.headIndex;
    let high = this.queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.queue[middle];
      if (other !== undefined && inOrder(other, submission) <= 0) low = middle + 1;
      else high = middle;
    }
    this.queue.splice(low, 0, submission);
  }
}

function inOrder(a: Submission, b: Submission): number {
  return a.atNs - b.atNs || a.request.drawKey - b.request.drawKey;
}
