import type { StreamChunk, StreamObserver } from '@fluidscope/llm-client';
import { elapsedNs, type DurationNs, type RunNs } from '@fluidscope/units';
import type { ChunkLog } from './chunk-log.js';
import { LiveTokenCount } from './live-token-count.js';
import type { RecordBatcher } from './record-batcher.js';

export interface RequestSessionOptions {
  readonly requestIndex: number;
  readonly intendedNs: RunNs;
  readonly log: ChunkLog;
  readonly records: RecordBatcher;
  /** Keep the texts, so that a tokenizer can count them when the stream has ended. */
  readonly keepsText: boolean;
  /** The request reached a socket. */
  readonly onSent: (sentNs: RunNs) => void;
  readonly onFirstToken: (ttftNs: DurationNs) => void;
  readonly onTokens: (tokensCount: number) => void;
}

/**
 * Takes one stream's chunks down as they come. Runs once a chunk, between the stamps of all streams: it copies numbers
 * and leaves what can wait until the stream has ended.
 */
export class RequestSession implements StreamObserver {
  readonly live = new LiveTokenCount();
  sentNs: RunNs | undefined;
  readonly #options: RequestSessionOptions;
  #pieces: string[] | undefined;
  #hasToken = false;

  constructor(options: RequestSessionOptions) {
    this.#options = options;
    this.#pieces = options.keepsText ? [] : undefined;
  }

  get log(): ChunkLog {
    return this.#options.log;
  }

  get pieces(): readonly string[] | undefined {
    return this.#pieces;
  }

  onSent(sentNs: RunNs): void {
    this.sentNs = sentNs;
    this.#options.onSent(sentNs);
  }

  onChunk(chunk: StreamChunk): void {
    const { log, records, requestIndex, intendedNs } = this.#options;
    const tokensCount = this.live.count(chunk);
    records.addChunk(requestIndex, log.length, chunk, tokensCount);
    log.push(chunk.arrivalNs, tokensCount, chunk.kind);
    if (chunk.kind !== 'none') this.#keepText(chunk.text);
    if (tokensCount === 0) return;
    this.#options.onTokens(tokensCount);
    if (this.#hasToken) return;
    this.#hasToken = true;
    this.#options.onFirstToken(elapsedNs(intendedNs, chunk.arrivalNs));
  }

  /** The server's own running count makes a tokenizer needless. */
  #keepText(text: string): void {
    if (this.live.isServerCount) this.#pieces = undefined;
    else this.#pieces?.push(text);
  }
}
