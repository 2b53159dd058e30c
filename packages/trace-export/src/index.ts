export { perfettoTrace, type PerfettoProgress } from './perfetto/perfetto-trace.js';
export { aiperfRecords } from './peers/aiperf-records.js';
export { aiperfSummary } from './peers/aiperf-summary.js';
export { readMeasuredRun, type MeasuredRun } from './peers/measured-run.js';
export { vllmResult } from './peers/vllm-result.js';
