import { deadlineMisses, type Deadlines } from '@fluidscope/metrics';
import type { ExpectedGap, ExpectedGaps } from './expected-gaps.js';
import type { TokenStream } from './token-stream.js';

/** A wait that was longer than expected, and the deadlines whose miss it is to blame for. */
export interface Stall {
  readonly stream: TokenStream;
  /** The chunk that came late: its position among the stream's chunks. */
  readonly chunkIndex: number;
  readonly phase: 'first_token' | 'decode';
  /** When the chunk was overdue, run time: from `endNs - excessNs` to `endNs`, its arrival. */
  readonly startNs: number;
  readonly endNs: number;
  readonly excessNs: number;
  readonly expected: ExpectedGap;
  /** Its share of the missed deadlines; 0 for a stall that slack absorbed. */
  readonly missedCount: number;
  /** The late chunks, by position among the stream's chunks, that no other stall delayed more. */
  readonly lateChunkIndices: readonly number[];
}

export interface BlamedStream {
  readonly stream: TokenStream;
  /** With a miss or without. */
  readonly stalls: readonly Stall[];
  /** In order of time. */
  readonly slowMisses: readonly SlowMiss[];
}

/** Missed deadlines in whose blame window no gap was longer than expected: the stream was slow for a while. */
export interface SlowMiss {
  readonly stream: TokenStream;
  /** The late chunk, by position among the stream's chunks. */
  readonly chunkIndex: number;
  /** The blame window: since slack last peaked, until the chunk came. */
  readonly fromNs: number;
  readonly atNs: number;
  /** What its gaps are expected to take. */
  readonly expectedNs: number;
  readonly missedCount: number;
}

/**
 * Shares out a stream's missed deadlines among its stalls. Slack may have been spent by earlier stalls, so a miss is blamed on
 * all of them since slack last peaked (or since the last miss, which resets it), in proportion to their excess. A first token's wait has no
 * expectation of its own: what exceeds its deadline is its excess.
 */
export function blameStalls(stream: TokenStream, expected: ExpectedGaps, deadlines: Deadlines): BlamedStream {
  const { startNs, arrivalsNs, tokenCounts } = stream.timings;
  const { tbtDeadlineNs } = deadlines;
  const ttftDeadlineNs = stream.timings.ttftDeadlineNs ?? deadlines.ttftDeadlineNs;
  const misses = deadlineMisses(stream.timings, deadlines);
  const excessesNs = excessesOf(stream, expected, ttftDeadlineNs);
  const missed = new Float64Array(misses.length === 0 ? 0 : arrivalsNs.length);
  const lateChunks = new Map<number, number[]>();
  const slowMisses: SlowMiss[] = [];
  let next = 0;
  let dueNs = startNs + ttftDeadlineNs;
  let [fromIndex, peakSlackNs] = [0, -Infinity];
  for (let index = 0; next < misses.length; index += 1) {
    const arrivalNs = arrivalsNs[index] ?? NaN;
    const slackNs = dueNs - arrivalNs;
    const miss = misses[next];
    if (miss?.chunkIndex === index) {
      const within = excessesNs.subarray(fromIndex, index + 1);
      if (share(miss.missedCount, within, missed.subarray(fromIndex)))
        append(lateChunks, fromIndex + indexOfLargest(within), index);
      else slowMisses.push(slowMissOf({ stream, fromIndex, chunkIndex: index }, expected, miss.missedCount));
      dueNs = arrivalNs;
      [fromIndex, peakSlackNs] = [index + 1, -Infinity];
      next += 1;
    } else if (slackNs >= peakSlackNs) [fromIndex, peakSlackNs] = [index + 1, slackNs];
    dueNs += (tokenCounts[index] ?? 0) * tbtDeadlineNs;
  }
  const stalls = stallsOf(stream, expected, { excessesNs, missed, lateChunks });
  return { stream, stalls, slowMisses };
}

function slowMissOf(
  {
    stream,
    fromIndex,
    chunkIndex,
  }: { readonly stream: TokenStream; readonly fromIndex: number; readonly chunkIndex: number },
  { mediansNs }: ExpectedGaps,
  missedCount: number,
): SlowMiss {
  const { startNs, arrivalsNs } = stream.timings;
  return {
    stream,
    chunkIndex,
    fromNs: arrivalsNs[fromIndex - 1] ?? startNs,
    atNs: arrivalsNs[chunkIndex] ?? NaN,
    expectedNs: mediansNs.subarray(fromIndex, chunkIndex + 1).reduce((sum, medianNs) => sum + medianNs, 0),
    missedCount,
  };
}

function excessesOf(
  { timings }: TokenStream,
  { mediansNs, limitsNs }: ExpectedGaps,
  ttftDeadlineNs: number,
): Float64Array {
  const { startNs, arrivalsNs } = timings;
  return arrivalsNs.map((arrivalNs, index) => {
    if (index === 0) return Math.max(0, arrivalNs - startNs - ttftDeadlineNs);
    const gapNs = arrivalNs - (arrivalsNs[index - 1] ?? arrivalNs);
    return gapNs > (limitsNs[index] ?? Infinity) ? gapNs - (mediansNs[index] ?? Infinity) : 0;
  });
}

/** Adds to `missed` each excess's part of `count`; false when there is no excess. */
function share(count: number, excesses: Float64Array, missed: Float64Array): boolean {
  let total = 0;
  for (const excess of excesses) total += excess;
  if (total === 0) return false;
  excesses.forEach((excess, index) => (missed[index] = (missed[index] ?? 0) + (count * excess) / total));
  return true;
}

function indexOfLargest(values: Float64Array): number {
  return values.reduce((largest, value, index) => (value > (values[largest] ?? NaN) ? index : largest), 0);
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** By chunk: how much too long its gap was, the misses laid to it, and which chunks those were. */
interface Blame {
  readonly excessesNs: Float64Array;
  readonly missed: Float64Array;
  readonly lateChunks: ReadonlyMap<number, readonly number[]>;
}

function stallsOf(
  stream: TokenStream,
  { mediansNs, limitsNs }: ExpectedGaps,
  { excessesNs, missed, lateChunks }: Blame,
): Stall[] {
  const stalls: Stall[] = [];
  excessesNs.forEach((excessNs, chunkIndex) => {
    if (!(excessNs > 0)) return;
    const endNs = stream.timings.arrivalsNs[chunkIndex] ?? NaN;
    stalls.push({
      stream,
      chunkIndex,
      phase: chunkIndex === 0 ? 'first_token' : 'decode',
      startNs: endNs - excessNs,
      endNs,
      excessNs,
      expected: { medianNs: mediansNs[chunkIndex] ?? NaN, limitNs: limitsNs[chunkIndex] ?? NaN },
      missedCount: missed[chunkIndex] ?? 0,
      lateChunkIndices: lateChunks.get(chunkIndex) ?? [],
    });
  });
  return stalls;
}
