export { deadlinesPassedCount, tallyDeadlines, wholeWalk, type DeadlineTally } from './deadline-walk.js';
export { deadlineMisses, type DeadlineMiss } from './deadline-misses.js';
export { DEFAULT_DEADLINES, type Deadlines } from './deadlines.js';
export {
  describeDistribution,
  PERCENTILE_NAMES,
  supportsPercentile,
  type Distribution,
  type PercentileName,
} from './distribution.js';
export { fluidTokenGenerationRate, type FluidTokenGenerationRate } from './fluid-token-generation-rate.js';
export { minTbtDeadline } from './min-tbt-deadline.js';
export { scoreRequest, type RequestScore } from './request-score.js';
export { scoreRun, type RunScore, type ScoredRequest } from './run-score.js';
export { quantile, sortSamples, type SortedSamples } from './sorted-samples.js';
export { interChunkTimes, tbtGaps, tokenGaps } from './token-gaps.js';
export { DistributionCount, DistributionSelection } from './two-pass-distribution.js';
export type { TokenTimings } from './token-timings.js';
