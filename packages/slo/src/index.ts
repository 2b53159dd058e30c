export { studentHalfWidth } from './beta-distribution.js';
export { formatChangeTerm, formatMetric, formatRequestTerm, formatRunTerm, formatSlo } from './format-slo.js';
export {
  quantileInterval,
  quantileOf,
  ratioInterval,
  ratioOf,
  shareInterval,
  type Interval,
  type RatioSample,
} from './intervals.js';
export {
  goodput,
  judgeRequests,
  latencyOf,
  meetsTerms,
  termsFor,
  type Goodput,
  type JudgedScore,
  type RequestOutcome,
} from './judge-requests.js';
export {
  judgeRun,
  measure,
  type Figure,
  type JudgeOptions,
  type RunJudgement,
  type TermJudgement,
  type Verdict,
} from './judge-run.js';
export { parseGates, parseRequestTerms, parseSlo, type SloProblems } from './parse-slo.js';
export { canonicalRequestTerms, recordedRequestTerms } from './recorded-terms.js';
export { sampleOf, type RunOutcomes, type TermSample } from './term-sample.js';
export {
  boundOf,
  isMetBy,
  type Bound,
  type ChangeTerm,
  type Gates,
  type LatencyMetric,
  type RequestTerm,
  type RunMetric,
  type RunTerm,
  type Slo,
} from './terms.js';
