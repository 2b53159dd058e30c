import type { DuckDBValue } from '@duckdb/node-api';
import { FluidscopeError } from '@fluidscope/errors';
import {
  CAUSES,
  ERROR_CODES,
  PHASES,
  PROMPT_TOKEN_SOURCES,
  REQUEST_STATUSES,
  TOKEN_COUNT_SOURCES,
  TTFT_DEADLINE_SOURCES,
  type AgentRow,
  type ClockOffset,
  type DeadlineMiss,
  type EpisodeRow,
  type HostSample,
  type Json,
  type Loss,
  type RequestRow,
  type RunEnd,
  type RunRow,
  type ServerSample,
  type TraceEvent,
} from '@fluidscope/trace-schema';
import { durationNs, monoNs, runNs, wallNs, type DurationNs, type RunNs } from '@fluidscope/units';

/** A row of a view by column names, in DuckDB's values: BIGINT is a bigint, NULL is null. */
export type SqlRow = Readonly<Record<string, DuckDBValue>>;

const STOP_REASONS: readonly RunEnd['stopReason'][] = ['finished', 'duration', 'interrupted', 'failed'];

export function runRowOf(row: SqlRow): RunRow {
  const endedNs = optionalRunNs(row, 'ended_ns');
  return {
    runId: text(row, 'run_id'),
    startedWallNs: wallNs(bigint(row, 'started_wall_ns')),
    startedMonoNs: monoNs(bigint(row, 'started_mono_ns')),
    config: json(row, 'config'),
    versions: json(row, 'versions'),
    machine: json(row, 'machine'),
    stampOverheadNs: durationNs(integer(row, 'stamp_overhead_ns')),
    clockResolutionNs: durationNs(integer(row, 'clock_resolution_ns')),
    end: endedNs === undefined ? undefined : { endedNs, stopReason: word(row, 'stop_reason', STOP_REASONS) },
  };
}

export function requestRowOf(row: SqlRow): RequestRow {
  return {
    requestIndex: integer(row, 'request_index'),
    requestId: text(row, 'request_id'),
    phase: word(row, 'phase', PHASES),
    workerIndex: integer(row, 'worker_index'),
    intendedNs: runNs(integer(row, 'intended_ns')),
    sentNs: optionalRunNs(row, 'sent_ns'),
    firstChunkNs: optionalRunNs(row, 'first_chunk_ns'),
    endedNs: optionalRunNs(row, 'ended_ns'),
    status: optionalWord(row, 'status', REQUEST_STATUSES),
    errorCode: optionalWord(row, 'error_code', ERROR_CODES),
    httpStatus: optionalInteger(row, 'http_status'),
    errorMessage: optionalText(row, 'error_message'),
    responseId: optionalText(row, 'response_id'),
    finishReason: optionalText(row, 'finish_reason'),
    promptTokens: optionalInteger(row, 'prompt_tokens'),
    promptTokensSource: optionalWord(row, 'prompt_tokens_source', PROMPT_TOKEN_SOURCES),
    maxOutputTokens: optionalInteger(row, 'max_output_tokens'),
    outputTokens: optionalInteger(row, 'output_tokens'),
    tokenCountSource: optionalWord(row, 'token_count_source', TOKEN_COUNT_SOURCES),
    usagePromptTokens: optionalInteger(row, 'usage_prompt_tokens'),
    usageOutputTokens: optionalInteger(row, 'usage_output_tokens'),
    ttftNs: optionalDurationNs(row, 'ttft_ns'),
    ttftFromSentNs: optionalDurationNs(row, 'ttft_from_sent_ns'),
    ttftVisibleNs: optionalDurationNs(row, 'ttft_visible_ns'),
    tpotMeanNs: optionalDurationNs(row, 'tpot_mean_ns'),
    endToEndNs: optionalDurationNs(row, 'end_to_end_ns'),
    fluidityIndex: optionalDouble(row, 'fluidity_index'),
    tokenFluidityIndex: optionalDouble(row, 'token_fluidity_index'),
    decodeFluidityIndex: optionalDouble(row, 'decode_fluidity_index'),
    missedDeadlinesCount: optionalInteger(row, 'missed_deadlines_count'),
    totalDeadlinesCount: optionalInteger(row, 'total_deadlines_count'),
    minTbtDeadlineNs: optionalDurationNs(row, 'min_tbt_deadline_ns'),
    ...laterColumns(row),
  };
}

export function deadlineMissOf(row: SqlRow): DeadlineMiss {
  return {
    requestIndex: integer(row, 'request_index'),
    seq: integer(row, 'seq'),
    dueNs: runNs(integer(row, 'due_ns')),
    arrivalNs: runNs(integer(row, 'arrival_ns')),
    missedCount: integer(row, 'missed_count'),
  };
}

export function episodeOf(row: SqlRow): EpisodeRow {
  return {
    episodeId: text(row, 'episode_id'),
    startNs: runNs(integer(row, 'start_ns')),
    endNs: runNs(integer(row, 'end_ns')),
    scope: optionalText(row, 'scope'),
    cause: word(row, 'cause', CAUSES),
    confidence: optionalDouble(row, 'confidence'),
    tier: optionalText(row, 'tier'),
    missedCount: integer(row, 'missed_count'),
    evidence: json(row, 'evidence'),
  };
}

/** Columns that the view has gained within its schema version: a trace written before has none of them. */
const LATER_COLUMNS = {
  usage_cached_tokens: null,
  retry_after_ns: null,
  rate_limit_headers: null,
  paced_ns: null,
  ttft_deadline_ns: null,
  ttft_deadline_source: null,
  slo: null,
} as const satisfies SqlRow;

function laterColumns(
  recorded: SqlRow,
): Pick<
  RequestRow,
  | 'usageCachedTokens'
  | 'retryAfterNs'
  | 'rateLimitHeaders'
  | 'pacedNs'
  | 'ttftDeadlineNs'
  | 'ttftDeadlineSource'
  | 'slo'
> {
  const row: SqlRow = { ...LATER_COLUMNS, ...recorded };
  return {
    usageCachedTokens: optionalInteger(row, 'usage_cached_tokens'),
    retryAfterNs: optionalDurationNs(row, 'retry_after_ns'),
    rateLimitHeaders: row['rate_limit_headers'] === null ? undefined : textsByName(row, 'rate_limit_headers'),
    pacedNs: optionalDurationNs(row, 'paced_ns'),
    ttftDeadlineNs: optionalDurationNs(row, 'ttft_deadline_ns'),
    ttftDeadlineSource: optionalWord(row, 'ttft_deadline_source', TTFT_DEADLINE_SOURCES),
    slo: optionalText(row, 'slo'),
  };
}

export function eventOf(row: SqlRow): TraceEvent {
  return {
    source: text(row, 'source'),
    kind: text(row, 'kind'),
    timeNs: runNs(integer(row, 't_ns')),
    detail: json(row, 'detail'),
  };
}

export function lossOf(row: SqlRow): Loss {
  return {
    source: text(row, 'source'),
    fromNs: runNs(integer(row, 'from_ns')),
    toNs: runNs(integer(row, 'to_ns')),
    count: optionalInteger(row, 'count'),
    reason: text(row, 'reason'),
  };
}

export function agentOf(row: SqlRow): AgentRow {
  return {
    agentIndex: integer(row, 'agent_index'),
    agentId: text(row, 'agent_id'),
    url: text(row, 'url'),
    originMonoNs: bigint(row, 'origin_mono_ns'),
    description: json(row, 'description'),
    timeNs: runNs(integer(row, 'first_seen_ns')),
  };
}

export function clockOffsetOf(row: SqlRow): ClockOffset {
  return {
    agentId: text(row, 'agent_id'),
    timeNs: runNs(integer(row, 't_ns')),
    offsetNs: bigint(row, 'offset_ns'),
    boundNs: durationNs(integer(row, 'bound_ns')),
  };
}

export function hostSampleOf(row: SqlRow): HostSample {
  return {
    agentId: text(row, 'agent_id'),
    metric: text(row, 'metric'),
    timeNs: runNs(integer(row, 't_ns')),
    value: optionalDouble(row, 'value') ?? NaN,
  };
}

export function serverSampleOf(row: SqlRow): ServerSample {
  return {
    endpoint: text(row, 'endpoint'),
    metric: text(row, 'metric'),
    timeNs: runNs(integer(row, 't_ns')),
    value: optionalDouble(row, 'value') ?? NaN,
  };
}

function optionalRunNs(row: SqlRow, column: string): RunNs | undefined {
  const value = optionalInteger(row, column);
  return value === undefined ? undefined : runNs(value);
}

function optionalDurationNs(row: SqlRow, column: string): DurationNs | undefined {
  const value = optionalInteger(row, column);
  return value === undefined ? undefined : durationNs(value);
}

function optionalWord<Word extends string>(
  row: SqlRow,
  column: string,
  words: readonly Word[],
): Word | undefined {
  const value = optionalText(row, column);
  if (value === undefined) return undefined;
  return words.find((candidate) => candidate === value) ?? unexpected(row, column, words.join(', '));
}

function word<Word extends string>(row: SqlRow, column: string, words: readonly Word[]): Word {
  return optionalWord(row, column, words) ?? unexpected(row, column, words.join(', '));
}

function optionalText(row: SqlRow, column: string): string | undefined {
  const value = row[column];
  if (value === null) return undefined;
  return typeof value === 'string' ? value : unexpected(row, column, 'text');
}

function text(row: SqlRow, column: string): string {
  return optionalText(row, column) ?? unexpected(row, column, 'text');
}

function json(row: SqlRow, column: string): Json {
  return JSON.parse(text(row, column)) as Json;
}

function textsByName(row: SqlRow, column: string): Readonly<Record<string, string>> {
  const value = json(row, column);
  if (typeof value !== 'object' || value === null) return unexpected(row, column, 'a JSON object');
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (typeof each === 'string' ? [[name, each]] : [])),
  );
}

function optionalDouble(row: SqlRow, column: string): number | undefined {
  const value = row[column];
  if (value === null) return undefined;
  return typeof value === 'number' ? value : unexpected(row, column, 'a number');
}

function bigint(row: SqlRow, column: string): bigint {
  const value = row[column];
  return typeof value === 'bigint' ? value : unexpected(row, column, 'a whole number');
}

function optionalInteger(row: SqlRow, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

function integer(row: SqlRow, column: string): number {
  const value = Number(bigint(row, column));
  return Number.isSafeInteger(value) ? value : unexpected(row, column, 'a whole number below 2^53');
}

function unexpected(row: SqlRow, column: string, expected: string): never {
  throw new FluidscopeError(
    `Expected ${expected} for the trace’s column ${column} but received ${String(row[column])}`,
    {
      code: 'trace.damaged',
      hint: 'The file was changed by something other than fluidscope, or is damaged: record the run again.',
    },
  );
}
