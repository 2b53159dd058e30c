export type {
  AgentEventRow,
  AgentRow,
  AgentSampleColumns,
  AgentSeries,
  ClockOffset,
  ClockPiece,
  ClockProbeRow,
  SampleFilter,
  SampleSeries,
} from './agent-records.js';
export { CAUSES, type Cause } from './causes.js';
export {
  CLOCK_EVENT_REASONS,
  clockEventReasonsText,
  hasBit,
  isThrottled,
  type ClockEventReason,
} from './clock-event-reasons.js';
export { NO_METRICS, NO_OUTCOME } from './no-outcome.js';
export {
  GPU_METRICS,
  GPU_TIERS,
  gpuMetricById,
  gpuMetricByName,
  type GpuMetric,
  type GpuMetricKind,
  type GpuMetricScope,
  type GpuMetricUnit,
  type GpuTier,
} from './gpu-metrics.js';
export {
  HOST_METRICS,
  HOST_TIERS,
  hostMetricById,
  hostMetricByName,
  type HostMetric,
  type HostMetricKind,
  type HostMetricScope,
  type HostMetricUnit,
  type HostTier,
} from './host-metrics.js';
export type { TraceReader, TraceWriter } from './ports.js';
export { isRateLimited } from './rate-limit.js';
export { readRecordedAgent, type RecordedAgent } from './recorded-agent.js';
export {
  readRecordedConfig,
  type RecordedConfig,
  type RecordedPrefill,
  type RecordedPrices,
  type RecordedReplica,
} from './recorded-config.js';
export {
  requestIdOf,
  type ChunkColumns,
  type ChunkTokenCounts,
  type DeadlineMiss,
  type EpisodeMiss,
  type EpisodeRow,
  type HostSample,
  type Json,
  type Loss,
  type RequestEnd,
  type RequestMetrics,
  type RequestRow,
  type RequestStart,
  type RunEnd,
  type RunRow,
  type RunStart,
  type ServerSample,
  type TraceEvent,
} from './records.js';
export {
  ERROR_CODES,
  PHASES,
  PROMPT_TOKEN_SOURCES,
  REQUEST_STATUSES,
  STAMP_SOURCES,
  TOKEN_COUNT_SOURCES,
  TTFT_DEADLINE_SOURCES,
  type ErrorCode,
  type Phase,
  type PromptTokenSource,
  type RequestStatus,
  type StampSource,
  type TokenCountSource,
  type TtftDeadlineSource,
} from './status.js';
export { TRACE_SCHEMA_VERSION } from './versions.js';
export { HOST_GPU_INDEX, SAMPLE_FLAGS, SAMPLE_RECORD_BYTES } from './sample-record.js';
export { emptyTrace, methodsOf } from './trace-readers.js';
