export { bracketOf, type Bracket } from './bracket.js';
export { burstRatePerS } from './bursts.js';
export { estimateCapacity, type CapacityEstimate } from './estimate-capacity.js';
export { fitThreshold, type Threshold, type ThresholdRun } from './fit-threshold.js';
export { judgePoint, verdictOfTerms } from './judge-point.js';
export { nextStep, type CapacityAnswer, type SearchEnd, type SearchStep } from './next-step.js';
export type {
  CapacityTerm,
  MeasuredPoint,
  PlannedPoint,
  PointOutcome,
  PointRequest,
  PointVerdict,
  TermCount,
  TermMeasure,
} from './point-outcome.js';
export { PointWatch } from './point-watch.js';
export { ratioInterval, type RatioIntervalOptions } from './ratio-interval.js';
export { defaultSteadyCount, type SearchOptions } from './search-options.js';
