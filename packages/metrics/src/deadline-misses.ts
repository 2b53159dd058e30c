import { runNs, type RunNs } from '@fluidscope/units';
import { walkDeadlines, wholeWalk } from './deadline-walk.js';
import { requireValidDeadlines, type Deadlines } from './deadlines.js';
import { tokenExtent, type TokenTimings } from './token-timings.js';

/** A token that came late: the first of a chunk, since the others have gap 0. */
export interface DeadlineMiss {
  /** The chunk's position in the timings, chunks without tokens included. */
  readonly chunkIndex: number;
  /** When the token was due: the first of the deadlines that passed. */
  readonly dueNs: RunNs;
  readonly arrivalNs: RunNs;
  /** Deadlines that passed before it came, 1 or more; these add up to the request's missed deadlines. */
  readonly missedCount: number;
}

/**
 * The late tokens of a request, in order; empty when all were in time or none came.
 *
 * Throws `RangeError` on timings or deadlines that break their contract.
 */
export function deadlineMisses(timings: TokenTimings, deadlines: Deadlines): DeadlineMiss[] {
  tokenExtent(timings);
  requireValidDeadlines(deadlines);
  const start = wholeWalk(timings, deadlines);
  const misses: DeadlineMiss[] = [];
  walkDeadlines(timings, start, deadlines.tbtDeadlineNs, (chunkIndex, dueNs, missedCount) => {
    misses.push({
      chunkIndex,
      dueNs: runNs(start.originNs + dueNs),
      arrivalNs: runNs(timings.arrivalsNs[chunkIndex] as number),
      missedCount,
    });
  });
  return misses;
}
