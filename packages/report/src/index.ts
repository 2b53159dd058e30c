export { formatDiagnosis } from './diagnosis-text.js';
export { distributionJson, type DistributionJson } from './distribution-json.js';
export { formatDistributionTable, type DistributionRow } from './distribution-table.js';
export { fluidityLines } from './fluidity-lines.js';
export { runSummaryJson } from './run-summary-json.js';
export { formatRunSummary } from './run-summary-text.js';
export { renderTable } from './render-table.js';
export {
  summariseTrace,
  type FailureGroup,
  type FluiditySummary,
  type LatencySummary,
  type LoadSummary,
  type RunSummary,
  type StampSummary,
} from './run-summary.js';
