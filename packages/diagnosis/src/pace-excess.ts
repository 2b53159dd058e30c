import type { Deadlines } from '@fluidscope/metrics';
import type { TokenStream } from './token-stream.js';

/** A gap that took longer than the tokens before it had earned. */
export interface PaceExcess {
  /** The chunk that ended it: its position among the stream's chunks. */
  readonly chunkIndex: number;
  readonly excessNs: number;
}

/**
 * What the gaps that a late chunk is blamed on took beyond the deadline: those since slack last peaked, or since the last miss. Without them the chunk is in
 * time. `lateChunkIndices` in order, each that of a missed deadline.
 */
export function paceExcesses(
  { timings }: TokenStream,
  lateChunkIndices: readonly number[],
  deadlines: Deadlines,
): readonly PaceExcess[] {
  const { startNs, arrivalsNs, tokenCounts } = timings;
  const { tbtDeadlineNs } = deadlines;
  const excesses: PaceExcess[] = [];
  let next = 0;
  let dueNs = startNs + (timings.ttftDeadlineNs ?? deadlines.ttftDeadlineNs);
  let [fromIndex, peakSlackNs] = [0, -Infinity];
  for (let index = 0; index < arrivalsNs.length && next < lateChunkIndices.length; index += 1) {
    const arrivalNs = arrivalsNs[index] ?? NaN;
    const slackNs = dueNs - arrivalNs;
    if (lateChunkIndices[next] === index) {
      for (let chunk = Math.max(1, fromIndex); chunk <= index; chunk += 1) {
        const gapNs = (arrivalsNs[chunk] ?? NaN) - (arrivalsNs[chunk - 1] ?? NaN);
        const excessNs = gapNs - (tokenCounts[chunk - 1] ?? 0) * tbtDeadlineNs;
        if (excessNs > 0) excesses.push({ chunkIndex: chunk, excessNs });
      }
      next += 1;
    }
    if (slackNs < 0) dueNs = arrivalNs;
    if (slackNs < 0 || slackNs >= peakSlackNs)
      [fromIndex, peakSlackNs] = [index + 1, slackNs < 0 ? -Infinity : slackNs];
    dueNs += (tokenCounts[index] ?? 0) * tbtDeadlineNs;
  }
  return excesses;
}
