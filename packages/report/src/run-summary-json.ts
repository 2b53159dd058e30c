import type { Json } from '@fluidscope/trace-schema';
import { distributionJson } from './distribution-json.js';
import type { RunSummary } from './run-summary.js';

/** The summary as `--json` prints it: snake_case, times in integer ns (means may be fractions), absent is null. */
export function runSummaryJson(summary: RunSummary): Json {
  const { run, goodput, stamps } = summary;
  return {
    run_id: run.runId,
    cut_short: run.end === undefined,
    stop_reason: run.end?.stopReason ?? null,
    ended_ns: run.end?.endedNs ?? null,
    load: loadJson(summary),
    fluidity: fluidityJson(summary),
    latency: latencyJson(summary),
    goodput:
      goodput === undefined
        ? null
        : {
            met_requests: goodput.metCount,
            requests: goodput.requestsCount,
            requests_with_own_terms: goodput.ownTermsCount,
            requests_per_s: goodput.requestsPerS ?? null,
          },
    failures: summary.failures.map(({ errorCode, httpStatus, count, example }) => ({
      error_code: errorCode,
      http_status: httpStatus ?? null,
      count,
      example: example ?? null,
    })),
    rate_limit: rateLimitJson(summary),
    cost: costJson(summary),
    stamps: {
      chunks_by_source: stamps.chunksBySource,
      unbounded_count: stamps.unboundedStampsCount,
      error_ns: asJson(distributionJson(stamps.errorNs)),
      overhead_ns: stamps.stampOverheadNs,
      clock_resolution_ns: stamps.clockResolutionNs,
    },
    warnings: summary.warnings,
    losses: summary.losses.map(({ source, fromNs, toNs, count, reason }) => ({
      source,
      from_ns: fromNs,
      to_ns: toNs,
      count: count ?? null,
      reason,
    })),
  };
}

function loadJson({ load }: RunSummary): Json {
  return {
    planned_requests: load.plannedCount,
    warmup_requests: load.warmupCount,
    sent_requests: load.sentCount,
    ok_requests: load.okCount,
    error_requests: load.errorCount,
    cancelled_requests: load.cancelledCount,
    unfinished_requests: load.unfinishedCount,
    window_ns: load.windowNs ?? null,
    intended_rate_per_s: load.intendedRatePerS ?? null,
    sent_rate_per_s: load.sentRatePerS ?? null,
    request_throughput_per_s: load.requestThroughputPerS ?? null,
    output_tokens: load.outputTokens,
    output_token_throughput_per_s: load.outputTokenThroughputPerS ?? null,
    send_lateness_ns: asJson(distributionJson(load.sendLatenessNs)),
  };
}

function fluidityJson({ fluidity }: RunSummary): Json {
  const rate = fluidity.fluidTokenGenerationRate;
  return {
    ttft_deadline_ns: fluidity.ttftDeadlineNs ?? null,
    tbt_deadline_ns: fluidity.tbtDeadlineNs ?? null,
    own_ttft_deadlines_ns:
      fluidity.ownTtftDeadlines === undefined
        ? null
        : { shortest: fluidity.ownTtftDeadlines.shortestNs, longest: fluidity.ownTtftDeadlines.longestNs },
    fluidity_index: fluidity.fluidityIndex ?? null,
    missed_deadlines: fluidity.missedDeadlinesCount,
    total_deadlines: fluidity.totalDeadlinesCount,
    fluidity_index_per_request: asJson(distributionJson(fluidity.perRequest)),
    token_fluidity_index_per_request: asJson(distributionJson(fluidity.tokenFluidityPerRequest)),
    decode_fluidity_index_per_request: asJson(distributionJson(fluidity.decodeFluidityPerRequest)),
    fluid_token_generation_rate_per_s: rate?.tokensPerS ?? null,
    fluid_token_generation_deadline_ns: rate?.deadlineNs ?? null,
    fluid_token_generation_rate_etalon_per_s: rate?.etalonCompatibleTokensPerS ?? null,
  };
}

function rateLimitJson({ rateLimit }: RunSummary): Json {
  if (rateLimit === undefined) return null;
  return {
    refused_requests: rateLimit.refusedCount,
    refused_ratio: rateLimit.refusedRatio,
    retry_after_ns: asJson(distributionJson(rateLimit.retryAfterNs)),
    pacing: rateLimit.pacing,
    paced_ns: asJson(distributionJson(rateLimit.pacedNs)),
    last_headers: rateLimit.lastHeaders ?? null,
  };
}

function costJson({ cost }: RunSummary): Json {
  if (cost === undefined) return null;
  return {
    prices_usd_per_million: {
      input: cost.prices.input_usd ?? null,
      output: cost.prices.output_usd ?? null,
      cached: cost.prices.cached_usd ?? null,
    },
    measured_usd: cost.measuredUsd,
    warmup_usd: cost.warmupUsd,
    prompt_tokens: cost.promptTokens,
    cached_tokens: cost.cachedTokens,
    output_tokens: cost.outputTokens,
    fluent_tokens: cost.fluentTokens,
    usd_per_million_output_tokens: cost.perMillionOutputUsd ?? null,
    usd_per_million_fluent_tokens: cost.perMillionFluentUsd ?? null,
    requests_counted_by_client: cost.countedHereCount,
  };
}

function latencyJson({ latency }: RunSummary): Json {
  return {
    ttft_ns: asJson(distributionJson(latency.ttftNs)),
    ttft_from_sent_ns: asJson(distributionJson(latency.ttftFromSentNs)),
    ttft_visible_ns: asJson(distributionJson(latency.ttftVisibleNs)),
    tbt_ns: asJson(distributionJson(latency.tbtNs)),
    inter_chunk_time_ns: asJson(distributionJson(latency.interChunkTimeNs)),
    tpot_ns: asJson(distributionJson(latency.tpotMeanNs)),
    end_to_end_ns: asJson(distributionJson(latency.endToEndNs)),
    normalized_latency_ns: asJson(distributionJson(latency.normalizedLatencyNs)),
    output_tokens: asJson(distributionJson(latency.outputTokens)),
    prompt_tokens: asJson(distributionJson(latency.promptTokens)),
  };
}

function asJson(distribution: ReturnType<typeof distributionJson>): Json {
  return distribution === null ? null : { ...distribution };
}
