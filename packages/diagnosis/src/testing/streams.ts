import { durationNs, runNs } from '@fluidscope/units';
import type { TokenStream } from '../token-stream.js';

export const MS = 1_000_000;
export const DEADLINES = { ttftDeadlineNs: durationNs(200 * MS), tbtDeadlineNs: durationNs(25 * MS) };

export interface StreamShape {
  readonly tokens: number;
  readonly startMs?: number;
  readonly ttftMs?: number;
  readonly tbtMs?: number;
  /** Extra wait before a token, by its number from 0. */
  readonly stallsMs?: Readonly<Record<number, number>>;
  /** What is stalled comes at once afterwards, and the stream is on time again. */
  readonly delivery?: boolean;
  readonly sentLateMs?: number;
  readonly promptTokens?: number;
  readonly errorMs?: (token: number) => number;
}

/** A stream of one token a chunk on an exact clock. */
export function streamOf(requestIndex: number, shape: StreamShape): TokenStream {
  const { tokens, startMs = 0, ttftMs = 100, tbtMs = 20, stallsMs = {}, errorMs = () => 0 } = shape;
  let delayMs = 0;
  let heldUntilMs = -Infinity;
  const arrivalsMs = Array.from({ length: tokens }, (_, token) => {
    const stallMs = stallsMs[token] ?? 0;
    const onTimeMs = startMs + ttftMs + token * tbtMs;
    if (shape.delivery === true) {
      if (stallMs > 0) heldUntilMs = Math.max(heldUntilMs, onTimeMs + stallMs);
      return Math.max(onTimeMs, heldUntilMs);
    }
    delayMs += stallMs;
    return onTimeMs + delayMs;
  });
  return {
    requestIndex,
    promptTokens: shape.promptTokens,
    seqs: Uint32Array.from({ length: tokens }, (_, token) => token),
    sentNs: (startMs + (shape.sentLateMs ?? 0)) * MS,
    timings: {
      startNs: runNs(startMs * MS),
      arrivalsNs: Float64Array.from(arrivalsMs, (ms) => ms * MS),
      tokenCounts: new Uint32Array(tokens).fill(1),
    },
    errorsNs: Float64Array.from({ length: tokens }, (_, token) => errorMs(token) * MS),
  };
}
