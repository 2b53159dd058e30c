import type { RequestScore } from '@fluidscope/metrics';
import { distributionJson } from '@fluidscope/report';
import type { Goodput } from '@fluidscope/slo';
import type { FileScore, ScoredRow } from './score-imported.js';

/** What `score --json` prints: snake_case, times in ns (whole for a request, means of a run may be fractions), absent is null. */
export function scoreJson(file: FileScore): object {
  const { run, imported, deadlines } = file;
  const rate = run.fluidTokenGenerationRate;
  return {
    format: imported.format,
    ttft_deadline_ns: deadlines.ttftDeadlineNs,
    tbt_deadline_ns: deadlines.tbtDeadlineNs,
    ok_requests: run.requestsCount,
    error_requests: file.failedCount,
    unscored_requests: file.unscoredCount,
    output_tokens: run.outputTokens,
    duration_ns: imported.durationNs ?? null,
    fluidity_index: file.fluidityIndex ?? null,
    missed_deadlines: run.missedDeadlinesCount,
    total_deadlines: run.totalDeadlinesCount,
    fluid_token_generation_rate_per_s: rate?.tokensPerS ?? null,
    fluid_token_generation_deadline_ns: rate?.deadlineNs ?? null,
    fluid_token_generation_rate_etalon_per_s: rate?.etalonCompatibleTokensPerS ?? null,
    ...distributionsJson(file),
    goodput: goodputJson(file.goodput),
    requests: file.rows.map(requestJson),
    warnings: imported.warnings,
  };
}

function distributionsJson({ run }: FileScore): object {
  return {
    ttft_ns: distributionJson(run.ttftNs),
    tbt_ns: distributionJson(run.tbtNs),
    inter_chunk_time_ns: distributionJson(run.interChunkNs),
    tpot_ns: distributionJson(run.tpotMeanNs),
    end_to_end_ns: distributionJson(run.endToEndNs),
    normalized_latency_ns: distributionJson(run.normalizedLatencyNs),
    output_tokens_per_s: distributionJson(run.outputTokensPerS),
    fluidity_index_per_request: distributionJson(run.fluidityIndex),
    token_fluidity_index_per_request: distributionJson(run.tokenFluidityIndex),
    decode_fluidity_index_per_request: distributionJson(run.decodeFluidityIndex),
    min_tbt_deadline_ns: distributionJson(run.minTbtDeadlineNs),
  };
}

const SCORE_FIELDS: readonly (readonly [name: string, field: keyof RequestScore])[] = [
  ['output_tokens', 'outputTokens'],
  ['ttft_ns', 'ttftNs'],
  ['tpot_ns', 'tpotMeanNs'],
  ['end_to_end_ns', 'endToEndNs'],
  ['normalized_latency_ns', 'normalizedLatencyNs'],
  ['output_tokens_per_s', 'outputTokensPerS'],
  ['fluidity_index', 'fluidityIndex'],
  ['token_fluidity_index', 'tokenFluidityIndex'],
  ['decode_fluidity_index', 'decodeFluidityIndex'],
  ['missed_deadlines', 'missedDeadlinesCount'],
  ['total_deadlines', 'totalDeadlinesCount'],
  ['min_tbt_deadline_ns', 'minTbtDeadlineNs'],
];

function requestJson({ request, score, ttftDeadline }: ScoredRow): object {
  return {
    request_id: request.requestId,
    status: request.status,
    reason: request.status === 'ok' ? null : request.reason,
    prompt_tokens: request.promptTokens ?? null,
    ...(ttftDeadline && {
      ttft_deadline_ns: ttftDeadline.ttftDeadlineNs,
      ttft_deadline_source: ttftDeadline.source,
    }),
    ...Object.fromEntries(SCORE_FIELDS.map(([name, field]) => [name, score?.[field] ?? null])),
  };
}

function goodputJson(goodput: Goodput | undefined): object | null {
  if (goodput === undefined) return null;
  return {
    met_requests: goodput.metCount,
    requests: goodput.requestsCount,
    requests_per_s: goodput.requestsPerS ?? null,
  };
}
