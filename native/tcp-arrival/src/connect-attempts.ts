import type { LookupAddress } from 'node:dns';
import { socketError, triedAll } from './connect-error.js';

/** What connecting asks of whoever holds the native side. */
export interface AttemptsDriver {
  /** The number of the attempt, or a negative errno. */
  begin(place: LookupAddress): number;
  abandon(attempt: number): void;
  /** Hands over what has happened and was not told yet. */
  catchUp(): void;
  onConnected(attempt: number, place: LookupAddress): void;
  /** No address is left. */
  onFailed(error: Error): void;
}

export interface AttemptsOptions {
  readonly port: number;
  /** From the first attempt on; `undefined`: as long as the kernel tries. */
  readonly timeoutMs: number | undefined;
  readonly driver: AttemptsDriver;
}

/** RFC 8305, section 5: how long an address may take before the next one is tried beside it. */
const STAGGER_MS = 250;
const ETIMEDOUT = 110;

/**
 * Connects to whichever address of a host answers first, as RFC 8305 has it: families in turn, the next attempt when one failed or has
 * not answered for 250 ms, the others given up when one is connected. A busy event loop finds its timers due before it has heard of
 * answers that came in time, so it catches up before it believes a timer.
 */
export class ConnectAttempts {
  readonly #options: AttemptsOptions;
  readonly #left: LookupAddress[];
  readonly #open = new Map<number, LookupAddress>();
  readonly #errors: Error[] = [];
  #timeout: NodeJS.Timeout | undefined;
  #stagger: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(places: readonly LookupAddress[], options: AttemptsOptions) {
    this.#options = options;
    this.#left = interleaved(places);
  }

  start(): void {
    const { timeoutMs } = this.#options;
    this.#timeout = timeoutMs === undefined ? undefined : setTimeout(() => this.#onTimeout(), timeoutMs);
    this.#timeout?.unref();
    this.#beginNext();
  }

  connected(attempt: number): void {
    const place = this.#open.get(attempt);
    if (this.#isOver || place === undefined) return;
    this.#open.delete(attempt);
    this.cancel();
    this.#options.driver.onConnected(attempt, place);
  }

  failed(attempt: number, errno: number): void {
    const place = this.#open.get(attempt);
    if (this.#isOver || place === undefined) return;
    this.#open.delete(attempt);
    this.#fail(place, errno);
    this.#beginNext();
  }

  /** Gives up what is under way, and tells nobody. */
  cancel(): void {
    this.#isOver = true;
    clearTimeout(this.#stagger);
    clearTimeout(this.#timeout);
    for (const attempt of this.#open.keys()) this.#options.driver.abandon(attempt);
    this.#open.clear();
  }

  #beginNext(): void {
    clearTimeout(this.#stagger);
    for (let place = this.#left.shift(); place !== undefined; place = this.#left.shift()) {
      const attempt = this.#options.driver.begin(place);
      if (attempt < 0) {
        this.#fail(place, -attempt);
        continue;
      }
      this.#open.set(attempt, place);
      if (this.#left.length === 0) return;
      this.#stagger = setTimeout(() => this.#onStagger(), STAGGER_MS);
      this.#stagger.unref();
      return;
    }
    if (this.#open.size === 0) this.#end();
  }

  #onStagger(): void {
    const leftCount = this.#left.length;
    this.#options.driver.catchUp();
    // What it heard may have begun the next attempt already.
    if (!this.#isOver && this.#left.length === leftCount) this.#beginNext();
  }

  #onTimeout(): void {
    this.#options.driver.catchUp();
    if (this.#isOver) return;
    for (const place of this.#open.values()) this.#fail(place, ETIMEDOUT);
    this.#end();
  }

  #fail({ address }: LookupAddress, errno: number): void {
    this.#errors.push(socketError('connect', errno, { address, port: this.#options.port }));
  }

  #end(): void {
    this.cancel();
    this.#options.driver.onFailed(triedAll(this.#errors));
  }
}

/** The families in turn, the first one's first. */
function interleaved(places: readonly LookupAddress[]): LookupAddress[] {
  const first = places.filter(({ family }) => family === places[0]?.family);
  const second = places.filter(({ family }) => family !== places[0]?.family);
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) => [
    first[index],
    second[index],
  ])
    .flat()
    .filter((place) => place !== undefined);
}
