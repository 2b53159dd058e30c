import type { StampSource } from '@fluidscope/trace-schema';
import type { RunNs } from '@fluidscope/units';
import type { ChunkKind, StreamChunk, StreamObserver } from './llm-client.js';

/**
 * What one response has said so far. An endpoint writes an event's fields here; pieces of text go straight
 * on to the observer in one reused `StreamChunk`, stamped with the read that completed their event.
 */
export class StreamReading {
  responseId: string | undefined;
  finishReason: string | undefined;
  usagePromptTokens: number | undefined;
  usageOutputTokens: number | undefined;
  usageCachedTokens: number | undefined;
  /** The end mark was read (`[DONE]`, `message_stop`, `done: true`, …): nothing that follows matters. */
  ended = false;

  readonly #observer: StreamObserver;
  readonly #chunk: StreamChunk;
  #piecesCount = 0;

  constructor(observer: StreamObserver) {
    this.#observer = observer;
    this.#chunk = {
      arrivalNs: 0 as RunNs,
      stampSource: 'user',
      errorNs: Number.NaN,
      kind: 'none',
      text: '',
      usageOutputTokensSoFar: undefined,
    };
  }

  beginEvent(arrivalNs: RunNs, errorNs: number, source: StampSource): void {
    this.#chunk.stampSource = source;
    this.#chunk.arrivalNs = arrivalNs;
    this.#chunk.errorNs = errorNs;
    this.#chunk.usageOutputTokensSoFar = undefined;
    this.#piecesCount = 0;
  }

  /** Output tokens so far by the server's count. Set before the event's pieces, which carry it. */
  setOutputTokensSoFar(tokens: number | undefined): void {
    if (tokens === undefined) return;
    this.#chunk.usageOutputTokensSoFar = tokens;
    this.usageOutputTokens = tokens;
  }

  /** One kind's text within an event; empty text is no piece. */
  piece(kind: Exclude<ChunkKind, 'none'>, text: string): void {
    if (text !== '') this.#emit(kind, text);
  }

  /** The event's text, if all that the event has said so far is one piece. */
  get onlyPiece(): { readonly kind: Exclude<ChunkKind, 'none'>; readonly text: string } | undefined {
    const { kind, text, usageOutputTokensSoFar } = this.#chunk;
    const isOnly = this.#piecesCount === 1 && usageOutputTokensSoFar === undefined;
    return isOnly && kind !== 'none' ? { kind, text } : undefined;
  }

  /** An event without text is a chunk of kind `none`, so that no event goes unseen. */
  endEvent(): void {
    if (this.#piecesCount === 0) this.#emit('none', '');
  }

  #emit(kind: ChunkKind, text: string): void {
    this.#piecesCount += 1;
    this.#chunk.kind = kind;
    this.#chunk.text = text;
    this.#observer.onChunk(this.#chunk);
  }
}
