import type { DurationNs, RunNs } from '@fluidscope/units';

/**
 * When a request's tokens came: chunk `i` arrived at `arrivalsNs[i]` with `tokenCounts[i]` tokens.
 *
 * Arrivals are whole nanoseconds on the clock of `startNs`, non-decreasing, first one at or after `startNs`.
 * A chunk of 0 tokens (role, usage, finish) is allowed and makes no gap.
 */
export interface TokenTimings {
  /** The reference start: intended send unless the caller says otherwise. */
  readonly startNs: RunNs;
  readonly arrivalsNs: Float64Array;
  readonly tokenCounts: Uint32Array;
  /** This request's own deadline for its first token, in place of the run's: its prompt's predicted prefill and slack, say. Above 0. */
  readonly ttftDeadlineNs?: DurationNs | undefined;
}

/** Where the tokens of valid timings lie. The two indexes are of chunks that carry tokens; -1 without tokens. */
export interface TokenExtent {
  readonly outputTokens: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
}

/**
 * Finds the extent of the tokens. Throws `RangeError` naming the index and the values unless `timings` is what its
 * type promises.
 *
 * The last arrival less the start must be a safe integer too: every difference that a metric takes lies
 * within that span, so one check here makes all of them exact.
 */
export function tokenExtent({ startNs, arrivalsNs, tokenCounts }: TokenTimings): TokenExtent {
  requireSafeStart(startNs);
  requireSameLength(arrivalsNs, tokenCounts);
  const lastPossibleNs = Math.min(Number.MAX_SAFE_INTEGER, startNs + Number.MAX_SAFE_INTEGER);
  let previousNs: number = startNs;
  let outputTokens = 0;
  let firstIndex = -1;
  let lastIndex = -1;
  for (let index = 0; index < arrivalsNs.length; index += 1) {
    const arrivalNs = arrivalsNs[index] as number;
    // Written so that NaN fails it.
    if (!(arrivalNs >= previousNs && arrivalNs <= lastPossibleNs && Math.floor(arrivalNs) === arrivalNs)) {
      throw arrivalError(index, arrivalNs, previousNs);
    }
    previousNs = arrivalNs;
    const chunkTokens = tokenCounts[index] as number;
    if (chunkTokens === 0) continue;
    outputTokens += chunkTokens;
    lastIndex = index;
    if (firstIndex === -1) firstIndex = index;
  }
  return { outputTokens, firstIndex, lastIndex };
}

function requireSafeStart(startNs: number): void {
  if (!Number.isSafeInteger(startNs)) {
    throw new RangeError(`Expected whole nanoseconds for startNs but received ${startNs}`);
  }
}

function requireSameLength(arrivalsNs: Float64Array, tokenCounts: Uint32Array): void {
  if (arrivalsNs.length !== tokenCounts.length) {
    throw new RangeError(
      `Expected one token count a chunk but received ${arrivalsNs.length} arrivals and ${tokenCounts.length} token counts`,
    );
  }
}

function arrivalError(index: number, arrivalNs: number, previousNs: number): RangeError {
  const previousName = index === 0 ? 'startNs' : `arrivalsNs[${index - 1}]`;
  return new RangeError(
    `Expected whole nanoseconds at or after ${previousName} (${previousNs}), at most 2^53 - 1 after the start, ` +
      `for arrivalsNs[${index}] but received ${arrivalNs}`,
  );
}
