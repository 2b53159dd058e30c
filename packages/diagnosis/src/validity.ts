import type { Deadlines } from '@fluidscope/metrics';
import { clientErrorNs } from './causes/client-lag.js';
import { weightedMean, type Episode } from './episodes.js';

/** A window in which the client may be off by more than a quarter of the deadline says nothing of the server. */
const LARGEST_ERROR_RATIO = 0.25;
const LEAST_UNCERTAIN_RATIO = 0.5;

/** Whether an episode's own ruler was too late for it to be laid to the server. */
export function isMasked(episode: Episode, { tbtDeadlineNs }: Deadlines): boolean {
  const uncertainRatio = weightedMean(episode.stalls, (stall) =>
    clientErrorNs(stall) > LARGEST_ERROR_RATIO * tbtDeadlineNs ? 1 : 0,
  );
  return (uncertainRatio ?? 0) >= LEAST_UNCERTAIN_RATIO;
}
