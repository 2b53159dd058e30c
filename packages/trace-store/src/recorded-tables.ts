import type {
  DeadlineMiss,
  EpisodeMiss,
  EpisodeRow,
  HostSample,
  Loss,
  RequestEnd,
  RequestStart,
  RunEnd,
  RunStart,
  ServerSample,
  TraceEvent,
} from '@fluidscope/trace-schema';
import {
  bigintColumn,
  doubleColumn,
  indexColumn,
  jsonColumn,
  textColumn,
  type RecordedColumn,
} from './recorded-columns.js';

/** A table that is only ever appended to. The views of `views.ts` are made of these; nobody else reads them. */
export interface RecordedTable<Row> {
  readonly name: string;
  readonly columns: readonly RecordedColumn<Row>[];
}

/** One row, written when the trace is created. */
export interface RunStartRow extends RunStart {
  readonly schemaVersion: number;
}

export const RUN_START: RecordedTable<RunStartRow> = {
  name: 'run_start',
  columns: [
    bigintColumn('schema_version', (row) => row.schemaVersion),
    textColumn('run_id', (row) => row.runId),
    bigintColumn('started_wall_ns', (row) => row.startedWallNs),
    bigintColumn('started_mono_ns', (row) => row.startedMonoNs),
    jsonColumn('config', (row) => row.config),
    jsonColumn('versions', (row) => row.versions),
    jsonColumn('machine', (row) => row.machine),
    bigintColumn('stamp_overhead_ns', (row) => row.stampOverheadNs),
    bigintColumn('clock_resolution_ns', (row) => row.clockResolutionNs),
  ],
};

/** One row when the run ended in order, none when the trace was cut short. */
export const RUN_END: RecordedTable<RunEnd> = {
  name: 'run_end',
  columns: [
    bigintColumn('ended_ns', (row) => row.endedNs),
    textColumn('stop_reason', (row) => row.stopReason),
  ],
};

export const REQUEST_STARTS: RecordedTable<RequestStart> = {
  name: 'request_starts',
  columns: [
    indexColumn('request_index', (row) => row.requestIndex),
    textColumn('phase', (row) => row.phase),
    bigintColumn('intended_ns', (row) => row.intendedNs),
    bigintColumn('sent_ns', (row) => row.sentNs),
    bigintColumn('prompt_tokens', (row) => row.promptTokens),
    textColumn('prompt_tokens_source', (row) => row.promptTokensSource),
    bigintColumn('max_output_tokens', (row) => row.maxOutputTokens),
    indexColumn('worker_index', (row) => row.workerIndex),
    bigintColumn('paced_ns', (row) => row.pacedNs),
    textColumn('slo', (row) => row.slo),
  ],
};

export const REQUEST_ENDS: RecordedTable<RequestEnd> = {
  name: 'request_ends',
  columns: [
    indexColumn('request_index', (row) => row.requestIndex),
    textColumn('status', (row) => row.status),
    textColumn('error_code', (row) => row.errorCode),
    bigintColumn('http_status', (row) => row.httpStatus),
    textColumn('error_message', (row) => row.errorMessage),
    textColumn('response_id', (row) => row.responseId),
    textColumn('finish_reason', (row) => row.finishReason),
    bigintColumn('first_chunk_ns', (row) => row.firstChunkNs),
    bigintColumn('ended_ns', (row) => row.endedNs),
    bigintColumn('output_tokens', (row) => row.outputTokens),
    textColumn('token_count_source', (row) => row.tokenCountSource),
    bigintColumn('usage_prompt_tokens', (row) => row.usagePromptTokens),
    bigintColumn('usage_output_tokens', (row) => row.usageOutputTokens),
    bigintColumn('ttft_ns', (row) => row.ttftNs),
    bigintColumn('ttft_from_sent_ns', (row) => row.ttftFromSentNs),
    bigintColumn('ttft_visible_ns', (row) => row.ttftVisibleNs),
    bigintColumn('tpot_mean_ns', (row) => row.tpotMeanNs),
    bigintColumn('end_to_end_ns', (row) => row.endToEndNs),
    doubleColumn('fluidity_index', (row) => row.fluidityIndex),
    doubleColumn('token_fluidity_index', (row) => row.tokenFluidityIndex),
    doubleColumn('decode_fluidity_index', (row) => row.decodeFluidityIndex),
    bigintColumn('missed_deadlines_count', (row) => row.missedDeadlinesCount),
    bigintColumn('total_deadlines_count', (row) => row.totalDeadlinesCount),
    bigintColumn('min_tbt_deadline_ns', (row) => row.minTbtDeadlineNs),
    bigintColumn('usage_cached_tokens', (row) => row.usageCachedTokens),
    bigintColumn('retry_after_ns', (row) => row.retryAfterNs),
    jsonColumn('rate_limit_headers', (row) => row.rateLimitHeaders),
    bigintColumn('ttft_deadline_ns', (row) => row.ttftDeadlineNs),
    textColumn('ttft_deadline_source', (row) => row.ttftDeadlineSource),
  ],
};

export const DEADLINE_MISSES: RecordedTable<DeadlineMiss> = {
  name: 'deadline_misses',
  columns: [
    indexColumn('request_index', (row) => row.requestIndex),
    indexColumn('seq', (row) => row.seq),
    bigintColumn('due_ns', (row) => row.dueNs),
    bigintColumn('arrival_ns', (row) => row.arrivalNs),
    bigintColumn('missed_count', (row) => row.missedCount),
  ],
};

/** Replaced as a whole by each diagnosis. */
export const EPISODES: RecordedTable<EpisodeRow> = {
  name: 'episodes',
  columns: [
    textColumn('episode_id', (row) => row.episodeId),
    bigintColumn('start_ns', (row) => row.startNs),
    bigintColumn('end_ns', (row) => row.endNs),
    textColumn('scope', (row) => row.scope),
    textColumn('cause', (row) => row.cause),
    doubleColumn('confidence', (row) => row.confidence),
    textColumn('tier', (row) => row.tier),
    bigintColumn('missed_count', (row) => row.missedCount),
    jsonColumn('evidence', (row) => row.evidence),
  ],
};

export const EPISODE_MISSES: RecordedTable<EpisodeMiss> = {
  name: 'episode_misses',
  columns: [
    indexColumn('request_index', (row) => row.requestIndex),
    indexColumn('seq', (row) => row.seq),
    textColumn('episode_id', (row) => row.episodeId),
  ],
};

export const HOST_SAMPLES: RecordedTable<HostSample> = {
  name: 'host_samples',
  columns: [
    textColumn('agent_id', (row) => row.agentId),
    textColumn('metric', (row) => row.metric),
    bigintColumn('t_ns', (row) => row.timeNs),
    doubleColumn('value', (row) => row.value),
  ],
};

export const SERVER_SAMPLES: RecordedTable<ServerSample> = {
  name: 'server_samples',
  columns: [
    textColumn('endpoint', (row) => row.endpoint),
    textColumn('metric', (row) => row.metric),
    bigintColumn('t_ns', (row) => row.timeNs),
    doubleColumn('value', (row) => row.value),
  ],
};

export const EVENTS: RecordedTable<TraceEvent> = {
  name: 'events',
  columns: [
    textColumn('source', (row) => row.source),
    textColumn('kind', (row) => row.kind),
    bigintColumn('t_ns', (row) => row.timeNs),
    jsonColumn('detail', (row) => row.detail),
  ],
};

export const LOSSES: RecordedTable<Loss> = {
  name: 'losses',
  columns: [
    textColumn('source', (row) => row.source),
    bigintColumn('from_ns', (row) => row.fromNs),
    bigintColumn('to_ns', (row) => row.toNs),
    bigintColumn('count', (row) => row.count),
    textColumn('reason', (row) => row.reason),
  ],
};
