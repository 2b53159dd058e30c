/** Addresses remembered; beyond, the one that asked longest ago starts anew. */
const MAX_ADDRESSES_COUNT = 1_024;
const NS_PER_S = 1e9;

interface Budget {
  left: number;
  atNs: number;
}

/** How many requests each address may still make: `burstCount` at once, `perS` a second after. Bounded in memory. */
export class RequestBudget {
  readonly #perS: number;
  readonly #burstCount: number;
  readonly #budgets = new Map<string, Budget>();

  constructor(perS: number, burstCount = 2 * perS) {
    this.#perS = perS;
    this.#burstCount = burstCount;
  }

  /** Whether one more is within the address's budget; `nowNs` from any monotonic clock. */
  take(address: string, nowNs: number): boolean {
    const budget = this.#budgets.get(address) ?? { left: this.#burstCount, atNs: nowNs };
    const passedS = (nowNs - budget.atNs) / NS_PER_S;
    budget.left = Math.min(this.#burstCount, budget.left + passedS * this.#perS);
    budget.atNs = nowNs;
    // Set anew, it stands last: the first is the one that asked longest ago.
    this.#budgets.delete(address);
    this.#budgets.set(address, budget);
    if (this.#budgets.size > MAX_ADDRESSES_COUNT) this.#forgetOldest();
    if (budget.left < 1) return false;
    budget.left -= 1;
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#budgets.keys();
    if (oldest !== undefined) this.#budgets.delete(oldest);
  }
}
