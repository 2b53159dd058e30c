/** What a provider lets one key send. */
export interface RateLimitOptions {
  /** Sustained requests a second, above 0. */
  readonly requestsPerS: number;
  /** Requests at once after a rest; a whole number from 1. 1 when absent. */
  readonly burstCount?: number;
  /** How Retry-After tells the time to wait: whole seconds, or an HTTP date. Seconds when absent. */
  readonly retryAfter?: 'seconds' | 'date';
}

/** Whether a request is let in, and the headers that say so. */
export interface RateLimitDecision {
  readonly isAdmitted: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** A token bucket, as providers meter requests: one token a request, `requestsPerS` flow in, `burstCount` fit. */
export class RateLimiter {
  readonly #requestsPerS: number;
  readonly #burstCount: number;
  readonly #retryAfter: 'seconds' | 'date';
  #levelCount: number;
  #filledAtMs: number | undefined;

  constructor({ requestsPerS, burstCount = 1, retryAfter = 'seconds' }: RateLimitOptions) {
    this.#requestsPerS = requestsPerS;
    this.#burstCount = burstCount;
    this.#retryAfter = retryAfter;
    this.#levelCount = burstCount;
  }

  /** `nowMs` is wall time, never before that of the last call. */
  decide(nowMs: number): RateLimitDecision {
    const elapsedS = (nowMs - (this.#filledAtMs ?? nowMs)) / 1_000;
    this.#filledAtMs = nowMs;
    this.#levelCount = Math.min(this.#burstCount, this.#levelCount + elapsedS * this.#requestsPerS);
    const isAdmitted = this.#levelCount >= 1 - 1e-9;
    if (isAdmitted) this.#levelCount -= 1;
    const untilOneS = Math.max(0, 1 - this.#levelCount) / this.#requestsPerS;
    return {
      isAdmitted,
      headers: {
        'x-ratelimit-limit-requests': String(this.#burstCount),
        'x-ratelimit-remaining-requests': String(Math.max(0, Math.floor(this.#levelCount + 1e-9))),
        'x-ratelimit-reset-requests': `${Math.ceil(1_000 * untilOneS)}ms`,
        ...(isAdmitted ? {} : { 'retry-after': this.#retryAfterText(nowMs, untilOneS) }),
      },
    };
  }

  /** HTTP knows whole seconds alone: it says the next one, as providers do. */
  #retryAfterText(nowMs: number, waitS: number): string {
    const waitWholeS = Math.max(1, Math.ceil(waitS));
    return this.#retryAfter === 'seconds'
      ? String(waitWholeS)
      : new Date(nowMs + 1_000 * waitWholeS).toUTCString();
  }
}
