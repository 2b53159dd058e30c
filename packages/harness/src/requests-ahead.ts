import type { LoadPlan, PlannedRequest, Prompt } from '@fluidscope/workload';

/** What a plan works out only when asked, since a shard skips the others': text and lengths. */
export interface PreparedRequest {
  readonly prompt: Prompt;
  readonly promptTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

/** A request of the plan, worked out or not yet. */
export class UpcomingRequest {
  readonly planned: PlannedRequest;
  #prepared: PreparedRequest | undefined;

  constructor(planned: PlannedRequest) {
    this.planned = planned;
  }

  /** `undefined`: not worked out yet. */
  get prepared(): PreparedRequest | undefined {
    return this.#prepared;
  }

  /** Works it out at the first call. */
  prepare(): PreparedRequest {
    this.#prepared ??= {
      prompt: this.planned.buildPrompt(),
      promptTokens: this.planned.promptTokens,
      outputTokens: this.planned.outputTokens,
    };
    return this.#prepared;
  }
}

/** Enough for a burst that a few milliseconds of quiet can prepare; few enough that long prompts stay cheap to hold. */
const PREPARED_COUNT = 64;

/**
 * The plan as a queue with a view of its head, and of what comes soon: they are worked out while there is nothing else
 * to do, so that the work of building a prompt is not in its own send's lateness.
 */
export class RequestsAhead {
  readonly #iterator: Iterator<PlannedRequest>;
  readonly #ahead: UpcomingRequest[] = [];
  #preparedCount = 0;
  #ended = false;

  constructor(plan: LoadPlan) {
    this.#iterator = plan.requests()[Symbol.iterator]();
  }

  /** The next request; `undefined` when the plan has ended. */
  peek(): UpcomingRequest | undefined {
    if (this.#ahead.length === 0) this.#readOne();
    return this.#ahead[0];
  }

  take(): UpcomingRequest | undefined {
    this.peek();
    const request = this.#ahead.shift();
    this.#preparedCount = Math.max(0, this.#preparedCount - 1);
    return request;
  }

  /** Works one more out; false when enough are ready, or the plan has ended. */
  prepareOne(): boolean {
    if (this.#preparedCount >= PREPARED_COUNT) return false;
    if (this.#preparedCount >= this.#ahead.length && !this.#readOne()) return false;
    this.#ahead[this.#preparedCount]?.prepare();
    this.#preparedCount += 1;
    return true;
  }

  close(): void {
    this.#ended = true;
    this.#ahead.length = 0;
    this.#iterator.return?.();
  }

  #readOne(): boolean {
    if (this.#ended) return false;
    const next = this.#iterator.next();
    if (next.done === true) this.#ended = true;
    else this.#ahead.push(new UpcomingRequest(next.value));
    return !this.#ended;
  }
}
