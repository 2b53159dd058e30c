/**
 * For which share of a run an agent's samples came. Time in which some are known to be missing counts as lost by their share of what should
 * have come, all of it where nobody knows how many; each moment once: losses come in order of their ends, and one that reaches back into
 * another counts from where that ended.
 */
export class Coverage {
  readonly #startNs: number;
  #lostNs = 0;
  #lostUntilNs: number;

  constructor(startNs: number) {
    this.#startNs = startNs;
    this.#lostUntilNs = startNs;
  }

  /** `missingShare`: 0 to 1, of the samples of that time. */
  lose(fromNs: number, toNs: number, missingShare = 1): void {
    this.#lostNs += missingShare * Math.max(0, toNs - Math.max(fromNs, this.#lostUntilNs));
    this.#lostUntilNs = Math.max(this.#lostUntilNs, toNs);
  }

  wholeNs(endNs: number): number {
    return endNs - this.#startNs;
  }

  /** 0 to 1; `undefined` for no time at all. */
  ratio(endNs: number): number | undefined {
    const wholeNs = this.wholeNs(endNs);
    return wholeNs <= 0 ? undefined : Math.max(0, 1 - this.#lostNs / wholeNs);
  }
}
