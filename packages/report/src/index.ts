export { gateSentence } from './compare/comparison-figures.js';
export { comparisonMarkdown } from './compare/comparison-markdown.js';
export { comparisonPage } from './compare/comparison-page.js';
export { formatComparison } from './compare/comparison-text.js';
export { CAUSE_WORDS, type CauseWords } from './cause-words.js';
export { formatDiagnosisBrief } from './diagnosis-brief.js';
export { formatDiagnosis } from './diagnosis-text.js';
export type { DiagnosisView } from './diagnosis-view.js';
export { distributionJson, type DistributionJson } from './distribution-json.js';
export { formatDistributionTable, type DistributionRow } from './distribution-table.js';
export { ownTtftDeadlines, type OwnTtftDeadlines } from './first-token-deadlines.js';
export { fluidityLines } from './fluidity-lines.js';
export { judgedByDeadlines } from './judged-by-deadlines.js';
export { runMarkdown, type MarkdownGate, type MarkdownOptions } from './run-markdown.js';
export { runSummaryJson } from './run-summary-json.js';
export { formatRunSummary } from './run-summary-text.js';
export { renderTable } from './render-table.js';
export { reportPage } from './html/report-page.js';
export {
  summariseTrace,
  type FailureGroup,
  type FluiditySummary,
  type LatencySummary,
  type LoadSummary,
  type RunSummary,
  type StampSummary,
} from './run-summary.js';
export {
  chartBinsCount,
  formatCharts,
  readChartData,
  type ChartData,
  type ChartView,
} from './terminal-charts.js';
export { NO_SOURCES, readTraceSources, type AgentSource, type TraceSources } from './trace-sources.js';
export { capacityText, type CapacityBar, type CapacityChart } from './matrix/capacity-chart.js';
export { capacityMatrixPage, type CapacityMatrix } from './matrix/matrix-page.js';
export {
  loadText,
  type CapacityBinding,
  type CapacityPoint,
  type CapacityReport,
  type CapacityVerdict,
} from './capacity/capacity-report.js';
export { formatCapacityReport } from './capacity/capacity-text.js';
export { capacityPage } from './capacity/capacity-page.js';
export { findingHeadline } from './finding-text.js';
