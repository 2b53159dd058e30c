/** How many messages a reader may still send: a second's worth at once, and as many each second after. */
export class MessageBudget {
  readonly #perS: number;
  #left: number;
  #atNs: bigint;

  constructor(perS: number, nowNs: bigint) {
    this.#perS = perS;
    this.#left = perS;
    this.#atNs = nowNs;
  }

  /** Whether one more is within the budget. */
  take(nowNs: bigint): boolean {
    const passedS = Number(nowNs - this.#atNs) / 1e9;
    this.#atNs = nowNs;
    this.#left = Math.min(this.#perS, this.#left + passedS * this.#perS);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
