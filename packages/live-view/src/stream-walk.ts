import { deadlinesPassedCount, type Deadlines } from '@fluidscope/metrics';

/** What one chunk of tokens did to its stream's deadlines. */
export interface WalkedChunk {
  /** Since the chunk of tokens before it, or since the start for the first. */
  readonly gapNs: number;
  readonly isFirst: boolean;
  /** When its first token was due. */
  readonly dueNs: number;
  /** Deadlines that passed before it came; 0 when it was in time. */
  readonly missedCount: number;
  /** Deadlines that it settled: those missed, and one for each token in time. */
  readonly settledCount: number;
}

/**
 * One stream's walk over its deadlines, a chunk at a time, in the same arithmetic as the metrics package's walk over a whole request: the
 * misses of a stream that was walked to its end are the ones that its trace holds (`stream-walk.test.ts`).
 */
export class StreamWalk {
  readonly startNs: number;
  readonly #tbtDeadlineNs: number;
  #dueNs: number;
  #lastNs: number;
  #tokens = 0;
  #missedCount = 0;

  constructor(startNs: number, { ttftDeadlineNs, tbtDeadlineNs }: Deadlines) {
    this.startNs = startNs;
    this.#lastNs = startNs;
    this.#tbtDeadlineNs = tbtDeadlineNs;
    this.#dueNs = startNs + ttftDeadlineNs;
  }

  /** When the next token is due. */
  get dueNs(): number {
    return this.#dueNs;
  }

  /** The last token's arrival; the start before any. */
  get lastNs(): number {
    return this.#lastNs;
  }

  get tokens(): number {
    return this.#tokens;
  }

  get missedCount(): number {
    return this.#missedCount;
  }

  /** Takes the stream's next chunk; `chunkTokens` is 1 or more. */
  take(arrivalNs: number, chunkTokens: number): WalkedChunk {
    const dueNs = this.#dueNs;
    const isLate = arrivalNs > dueNs;
    const missedCount = isLate ? deadlinesPassedCount(arrivalNs - dueNs, this.#tbtDeadlineNs) : 0;
    const walked = {
      gapNs: arrivalNs - this.#lastNs,
      isFirst: this.#tokens === 0,
      dueNs,
      missedCount,
      settledCount: chunkTokens + missedCount - (isLate ? 1 : 0),
    };
    this.#dueNs = (isLate ? arrivalNs : dueNs) + chunkTokens * this.#tbtDeadlineNs;
    this.#lastNs = arrivalNs;
    this.#tokens += chunkTokens;
    this.#missedCount += missedCount;
    return walked;
  }
}
