import {
  describeDistribution,
  fluidTokenGenerationRate,
  type Distribution,
  type FluidTokenGenerationRate,
  type RequestScore,
} from '@fluidscope/metrics';
import {
  formatRequestTerm,
  goodput,
  recordedRequestTerms,
  type Goodput,
  type RequestOutcome,
  type RequestTerm,
} from '@fluidscope/slo';
import {
  readRecordedConfig,
  type ErrorCode,
  type Json,
  type Loss,
  type RequestRow,
  type RunRow,
  type StampSource,
  type TraceEvent,
  type TraceReader,
} from '@fluidscope/trace-schema';
import { durationNs, NS_PER_S, type DurationNs } from '@fluidscope/units';
import { summariseCost, type CostSummary } from './cost-summary.js';
import { ownTtftDeadlines, prefillWarnings, type OwnTtftDeadlines } from './first-token-deadlines.js';
import { poolWaits, type PooledWaits } from './pooled-waits.js';
import { summariseRateLimit, type RateLimitSummary } from './rate-limit-summary.js';

/** Failures of one kind, with one of them to read. */
export interface FailureGroup {
  readonly errorCode: ErrorCode;
  readonly httpStatus: number | undefined;
  readonly count: number;
  readonly example: string | undefined;
}

export interface LoadSummary {
  readonly warmupCount: number;
  /** Measured requests that were due, sent or not. */
  readonly plannedCount: number;
  readonly sentCount: number;
  readonly okCount: number;
  readonly errorCount: number;
  readonly cancelledCount: number;
  /** Still in flight when a trace was cut short. */
  readonly unfinishedCount: number;
  /** From the first intended send to the last end of a measured request. */
  readonly windowNs: DurationNs | undefined;
  /** `(sent - 1) / (last send - first send)`; `undefined` below two sends. */
  readonly sentRatePerS: number | undefined;
  /** The same over the intended times: what was asked for. */
  readonly intendedRatePerS: number | undefined;
  /** Ended well, over the window. */
  readonly requestThroughputPerS: number | undefined;
  readonly outputTokens: number;
  readonly outputTokenThroughputPerS: number | undefined;
  /** Actual minus intended send. */
  readonly sendLatenessNs: Distribution | undefined;
}

export interface FluiditySummary {
  readonly ttftDeadlineNs: number | undefined;
  readonly tbtDeadlineNs: number | undefined;
  /** The range of first-token deadlines where requests have their own. */
  readonly ownTtftDeadlines?: OwnTtftDeadlines | undefined;
  readonly missedDeadlinesCount: number;
  readonly totalDeadlinesCount: number;
  /** `1 - missed / total`, pooled over the requests. */
  readonly fluidityIndex: number | undefined;
  readonly perRequest: Distribution | undefined;
  readonly tokenFluidityPerRequest: Distribution | undefined;
  readonly decodeFluidityPerRequest: Distribution | undefined;
  readonly fluidTokenGenerationRate: FluidTokenGenerationRate | undefined;
}

/** Over measured requests that ended well, ns. Start is the intended send unless the name says otherwise. */
export interface LatencySummary {
  readonly ttftNs: Distribution | undefined;
  readonly ttftFromSentNs: Distribution | undefined;
  readonly ttftVisibleNs: Distribution | undefined;
  readonly tbtNs: Distribution | undefined;
  readonly interChunkTimeNs: Distribution | undefined;
  readonly tpotMeanNs: Distribution | undefined;
  readonly endToEndNs: Distribution | undefined;
  readonly normalizedLatencyNs: Distribution | undefined;
  readonly outputTokens: Distribution | undefined;
  readonly promptTokens: Distribution | undefined;
}

/** How far the token times can be trusted. */
export interface StampSummary {
  readonly chunksBySource: Readonly<Record<StampSource, number>>;
  readonly unboundedStampsCount: number;
  readonly errorNs: Distribution | undefined;
  readonly stampOverheadNs: DurationNs;
  readonly clockResolutionNs: DurationNs;
}

export interface RunSummary {
  readonly run: RunRow;
  readonly load: LoadSummary;
  readonly latency: LatencySummary;
  readonly fluidity: FluiditySummary;
  readonly goodput: Goodput | undefined;
  /** The SLO by which requests without terms of their own were counted: `ttft:300ms fluidity:0.95`. */
  readonly sloText?: string | undefined;
  readonly failures: readonly FailureGroup[];
  readonly rateLimit?: RateLimitSummary | undefined;
  readonly cost?: CostSummary | undefined;
  readonly stamps: StampSummary;
  readonly warnings: readonly string[];
  readonly losses: readonly Loss[];
}

/**
 * Everything the end of a run shows, read from its trace: the figures are the trace's, not the run's memory of them. `asked`: the SLO of a
 * request, in place of the one that the trace holds.
 */
export async function summariseTrace(
  reader: TraceReader,
  asked?: readonly RequestTerm[],
): Promise<RunSummary> {
  const run = await reader.run();
  const rows = await reader.requests();
  const measured = rows.filter((row) => row.phase === 'measured');
  const ended = measured.filter((row) => row.status === 'ok');
  const endedIndices = new Set(ended.map((row) => row.requestIndex));
  const waits = await poolWaits(
    () => reader.chunks(),
    (requestIndex) => endedIndices.has(requestIndex),
  );
  const load = summariseLoad(rows, measured, ended);
  const config = readRecordedConfig(run.config);
  const terms = asked ?? recordedRequestTerms(config?.goodput) ?? [];
  return {
    run,
    load,
    latency: summariseLatency(ended, waits),
    fluidity: summariseFluidity(ended, run),
    goodput: goodput(terms, outcomesOf(measured, waits), load.windowNs),
    sloText: terms.length === 0 ? undefined : terms.map(formatRequestTerm).join(' '),
    failures: groupFailures(measured),
    rateLimit: summariseRateLimit(measured, config),
    cost: summariseCost(rows, config?.prices),
    stamps: {
      chunksBySource: waits.chunksBySource,
      unboundedStampsCount: waits.unboundedStampsCount,
      errorNs: waits.stampErrorNs,
      stampOverheadNs: run.stampOverheadNs,
      clockResolutionNs: run.clockResolutionNs,
    },
    warnings: [
      ...warningTexts(run, await reader.events({ kind: 'warning' })),
      ...prefillWarnings(measured, config),
    ],
    losses: await reader.losses(),
  };
}

function summariseLoad(
  rows: readonly RequestRow[],
  measured: readonly RequestRow[],
  ended: readonly RequestRow[],
): LoadSummary {
  const sent = measured.filter((row) => row.sentNs !== undefined);
  const windowNs = spanNs(
    measured.map((row) => row.intendedNs),
    measured.flatMap((row) => row.endedNs ?? []),
  );
  const outputTokens = sum(ended.map((row) => row.outputTokens ?? 0));
  const perWindow = (count: number): number | undefined =>
    windowNs === undefined || windowNs === 0 ? undefined : (count / windowNs) * NS_PER_S;
  return {
    warmupCount: rows.length - measured.length,
    plannedCount: measured.length,
    sentCount: sent.length,
    okCount: ended.length,
    errorCount: measured.filter((row) => row.status === 'error').length,
    cancelledCount: measured.filter((row) => row.status === 'cancelled').length,
    unfinishedCount: measured.filter((row) => row.status === undefined).length,
    windowNs,
    sentRatePerS: ratePerS(sent.flatMap((row) => row.sentNs ?? [])),
    intendedRatePerS: ratePerS(measured.map((row) => row.intendedNs)),
    requestThroughputPerS: perWindow(ended.length),
    outputTokens,
    outputTokenThroughputPerS: perWindow(outputTokens),
    sendLatenessNs: distributionOf(sent.map((row) => (row.sentNs ?? row.intendedNs) - row.intendedNs)),
  };
}

function summariseLatency(ended: readonly RequestRow[], waits: PooledWaits): LatencySummary {
  const over = (pick: (row: RequestRow) => number | undefined): Distribution | undefined =>
    distributionOf(ended.flatMap((row) => pick(row) ?? []));
  return {
    ttftNs: over((row) => row.ttftNs),
    ttftFromSentNs: over((row) => row.ttftFromSentNs),
    ttftVisibleNs: over((row) => row.ttftVisibleNs),
    tbtNs: waits.tbtNs,
    interChunkTimeNs: waits.interChunkTimeNs,
    tpotMeanNs: over((row) => row.tpotMeanNs),
    endToEndNs: over((row) => row.endToEndNs),
    normalizedLatencyNs: over((row) => scoreOf(row).normalizedLatencyNs),
    outputTokens: over((row) => row.outputTokens),
    promptTokens: over((row) => row.usagePromptTokens ?? row.promptTokens),
  };
}

function summariseFluidity(ended: readonly RequestRow[], run: RunRow): FluiditySummary {
  const config = readRecordedConfig(run.config);
  const over = (pick: (row: RequestRow) => number | undefined): Distribution | undefined =>
    distributionOf(ended.flatMap((row) => pick(row) ?? []));
  const missedDeadlinesCount = sum(ended.map((row) => row.missedDeadlinesCount ?? 0));
  const totalDeadlinesCount = sum(ended.map((row) => row.totalDeadlinesCount ?? 0));
  return {
    ttftDeadlineNs: config?.ttft_deadline_ns,
    tbtDeadlineNs: config?.tbt_deadline_ns,
    ownTtftDeadlines: ownTtftDeadlines(ended),
    missedDeadlinesCount,
    totalDeadlinesCount,
    fluidityIndex: totalDeadlinesCount === 0 ? undefined : 1 - missedDeadlinesCount / totalDeadlinesCount,
    perRequest: over((row) => row.fluidityIndex),
    tokenFluidityPerRequest: over((row) => row.tokenFluidityIndex),
    decodeFluidityPerRequest: over((row) => row.decodeFluidityIndex),
    fluidTokenGenerationRate: fluidTokenGenerationRate(
      Float64Array.from(ended.flatMap((row) => row.minTbtDeadlineNs ?? [])),
    ),
  };
}

/** Of those that ended by themselves: what the client cancelled, the run's end did. */
function outcomesOf(measured: readonly RequestRow[], { longestNs }: PooledWaits): readonly RequestOutcome[] {
  return measured.flatMap((row): RequestOutcome[] => {
    if (row.status !== 'ok' && row.status !== 'error') return [];
    const ownTerms = recordedRequestTerms(row.slo);
    if (row.status === 'error') return [{ score: undefined, ownTerms }];
    const longest = longestNs.get(row.requestIndex);
    const tbtMaxNs = longest === undefined ? undefined : durationNs(longest);
    return [{ score: { ...scoreOf(row), tbtMaxNs }, ownTerms }];
  });
}

/** The recorded metrics of a request, as the metrics package gives them. */
function scoreOf(row: RequestRow): RequestScore {
  const outputTokens = row.outputTokens ?? 0;
  const perToken =
    row.endToEndNs === undefined || outputTokens === 0 ? undefined : row.endToEndNs / outputTokens;
  return {
    ...row,
    outputTokens,
    normalizedLatencyNs: perToken === undefined ? undefined : durationNs(Math.round(perToken)),
    outputTokensPerS: perToken === undefined || perToken === 0 ? undefined : NS_PER_S / perToken,
  };
}

function groupFailures(measured: readonly RequestRow[]): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const { errorCode, httpStatus, errorMessage } of measured) {
    if (errorCode === undefined) continue;
    const key = `${errorCode} ${httpStatus ?? ''}`;
    const group = groups.get(key);
    groups.set(key, {
      errorCode,
      httpStatus,
      count: (group?.count ?? 0) + 1,
      example: group?.example ?? errorMessage,
    });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

function warningTexts(run: RunRow, events: readonly TraceEvent[]): string[] {
  const texts = events.map(({ detail }) => messageIn(detail) ?? JSON.stringify(detail));
  return run.end === undefined
    ? ['The trace was cut short: the run ended without closing it. Its last second may be missing.', ...texts]
    : texts;
}

function messageIn(detail: Json): string | undefined {
  if (typeof detail !== 'object' || detail === null || !('message' in detail)) return undefined;
  const message: unknown = detail.message;
  return typeof message === 'string' ? message : undefined;
}

/** From the earliest start to the latest end; `undefined` without either. */
function spanNs(startsNs: readonly number[], endsNs: readonly number[]): DurationNs | undefined {
  if (startsNs.length === 0 || endsNs.length === 0) return undefined;
  return durationNs(largest(endsNs) - smallest(startsNs));
}

function ratePerS(timesNs: readonly number[]): number | undefined {
  if (timesNs.length < 2) return undefined;
  const span = largest(timesNs) - smallest(timesNs);
  return span === 0 ? undefined : ((timesNs.length - 1) / span) * NS_PER_S;
}

function distributionOf(values: readonly number[]): Distribution | undefined {
  return describeDistribution(Float64Array.from(values));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function smallest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function largest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
