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
/** About a hundred megabytes of text at most. */
const PREPARED_CHARS_LIMIT_COUNT = 2 ** 26;

/**
 * The plan as a queue with a view of its head, and of what comes soon: they are worked out while there is nothing else
 * to do, so that the work of building a prompt is not in its own send's lateness.
 */
export class RequestsAhead {
  readonly #iterator: Iterator<PlannedRequest>;
  readonly #ahead: UpcomingRequest[] = [];
  #preparedCount = 0;
  #preparedCharsCount = 0;
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
    if (request?.prepared !== undefined) this.#preparedCharsCount -= charsCount(request.prepared.prompt);
    return request;
  }

  /**
   * Works one more out; false when enough are ready, or the plan has ended. `isUrgent` says which are to be ready even so:
   * those that are sent all at once at the start, as far as their prompts fit into memory.
   */
  prepareOne(isUrgent: (planned: PlannedRequest, position: number) => boolean = () => false): boolean {
    const position = this.#preparedCount;
    if (position >= this.#ahead.length && !this.#readOne()) return false;
    const request = this.#ahead[position];
    if (request === undefined) return false;
    const isEnough = position >= PREPARED_COUNT && !isUrgent(request.planned, position);
    if (isEnough || this.#preparedCharsCount >= PREPARED_CHARS_LIMIT_COUNT) return false;
    this.#preparedCharsCount += charsCount(request.prepare().prompt);
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

function charsCount(prompt: Prompt): number {
  if (prompt.kind === 'text') return prompt.text.length;
  return prompt.messages.reduce((sum, { content }) => sum + content.length, 0);
}
