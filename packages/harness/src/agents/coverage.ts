/**
 * For which share of a run an agent's samples came. Time in which any is known to be missing counts as lost, each moment once: losses come
 * in order of their ends, and one that reaches back into another counts from where that ended.
 */
export class Coverage {
  readonly #startNs: number;
  #lostNs = 0;
  #lostUntilNs: number;

  constructor(startNs: number) {
    this.#startNs = startNs;
    this.#lostUntilNs = startNs;
  }

  lose(fromNs: number, toNs: number): void {
    this.#lostNs += Math.max(0, toNs - Math.max(fromNs, this.#lostUntilNs));
    this.#lostUntilNs = Math.max(this.#lostUntilNs, toNs);
  }

  /** 0 to 1; `undefined` for no time at all. */
  ratio(endNs: number): number | undefined {
    const wholeNs = endNs - this.#startNs;
    return wholeNs <= 0 ? undefined : Math.max(0, 1 - this.#lostNs / wholeNs);
  }
}
