import type { LlmOutcome } from '@fluidscope/llm-client';
import type { FirstTokenDeadline } from '@fluidscope/prefill';
import { deadlineMisses, scoreRequest, type Deadlines, type TokenTimings } from '@fluidscope/metrics';
import {
  NO_METRICS,
  NO_OUTCOME,
  requestIdOf,
  type DeadlineMiss,
  type RequestEnd,
  type RequestMetrics,
  type TokenCountSource,
  type TraceEvent,
} from '@fluidscope/trace-schema';
import { elapsedNs, runNs, type RunNs } from '@fluidscope/units';
import type { ChunkLog } from './chunk-log.js';
import { askedWaitNs } from './rate-limit-hold.js';

/** A request that has ended, with its token counts settled. */
export interface EndedRequest {
  readonly requestIndex: number;
  readonly phase: 'warmup' | 'measured';
  readonly intendedNs: RunNs;
  readonly sentNs: RunNs | undefined;
  readonly log: ChunkLog;
  readonly tokenCountSource: TokenCountSource;
  readonly outcome: LlmOutcome;
  /** Its own; `undefined`: that of all. */
  readonly ttftDeadline: FirstTokenDeadline | undefined;
}

/** The record of a request's end: the facts of every request, and metrics of those measured that ended `ok`. */
export function requestEnd(ended: EndedRequest, deadlines: Deadlines): RequestEnd {
  const { log, outcome } = ended;
  return {
    ...(isScored(ended) ? requestMetrics(ended, deadlines) : NO_METRICS),
    requestIndex: ended.requestIndex,
    status: outcome.status,
    errorCode: outcome.errorCode,
    httpStatus: outcome.httpStatus,
    errorMessage: outcome.errorMessage,
    responseId: outcome.responseId,
    finishReason: outcome.finishReason,
    firstChunkNs: firstArrivalNs(log, () => true),
    endedNs: outcome.endedNs,
    outputTokens: log.length === 0 ? undefined : log.tokenCounts.reduce((sum, count) => sum + count, 0),
    tokenCountSource: log.length === 0 ? undefined : ended.tokenCountSource,
    usagePromptTokens: outcome.usagePromptTokens,
    usageOutputTokens: outcome.usageOutputTokens,
    usageCachedTokens: outcome.usageCachedTokens,
    retryAfterNs: askedWaitNs(outcome.retryAfterS),
    rateLimitHeaders: outcome.rateLimitHeaders,
    ttftDeadlineNs: ended.ttftDeadline?.ttftDeadlineNs,
    ttftDeadlineSource: ended.ttftDeadline?.source,
  };
}

/** The deadlines that a measured request missed, counted from its intended send; none unless it ended `ok`. */
export function requestMisses(ended: EndedRequest, deadlines: Deadlines): DeadlineMiss[] {
  if (!isScored(ended)) return [];
  return deadlineMisses(timingsOf(ended), deadlines).map(({ chunkIndex, ...miss }) => ({
    requestIndex: ended.requestIndex,
    seq: chunkIndex,
    ...miss,
  }));
}

/** The end of a request that was due and never sent, because sending ended at `endedNs`. */
export function neverSentEnd(requestIndex: number, endedNs: RunNs): RequestEnd {
  return {
    ...NO_OUTCOME,
    requestIndex,
    endedNs,
    status: 'cancelled',
    errorCode: 'cancelled',
    errorMessage: 'due, but not sent before the load was stopped',
  };
}

/** The end of a request whose worker was gone at `endedNs`, its connection with it. */
export function lostEnd(requestIndex: number, endedNs: RunNs, errorMessage: string): RequestEnd {
  return { ...NO_OUTCOME, requestIndex, endedNs, status: 'error', errorCode: 'reset', errorMessage };
}

function isScored({ phase, outcome }: EndedRequest): boolean {
  return phase === 'measured' && outcome.status === 'ok';
}

function timingsOf({ intendedNs, log, ttftDeadline }: EndedRequest): TokenTimings {
  return {
    startNs: intendedNs,
    arrivalsNs: log.arrivalsNs,
    tokenCounts: log.tokenCounts,
    ttftDeadlineNs: ttftDeadline?.ttftDeadlineNs,
  };
}

function requestMetrics(ended: EndedRequest, deadlines: Deadlines): RequestMetrics {
  const { log, intendedNs, sentNs } = ended;
  const score = scoreRequest(timingsOf(ended), deadlines);
  const firstNs = firstArrivalNs(log, () => true);
  const firstVisibleNs = firstArrivalNs(log, (chunkIndex) => log.kindAt(chunkIndex) === 'content');
  return {
    ttftNs: score.ttftNs,
    ttftFromSentNs: sentNs === undefined || firstNs === undefined ? undefined : elapsedNs(sentNs, firstNs),
    ttftVisibleNs: firstVisibleNs === undefined ? undefined : elapsedNs(intendedNs, firstVisibleNs),
    tpotMeanNs: score.tpotMeanNs,
    endToEndNs: score.endToEndNs,
    fluidityIndex: score.fluidityIndex,
    tokenFluidityIndex: score.tokenFluidityIndex,
    decodeFluidityIndex: score.decodeFluidityIndex,
    missedDeadlinesCount: score.missedDeadlinesCount,
    totalDeadlinesCount: score.totalDeadlinesCount,
    minTbtDeadlineNs: score.minTbtDeadlineNs,
  };
}

/** Arrival of the first chunk with a token of which `isWanted` holds. */
function firstArrivalNs(log: ChunkLog, isWanted: (chunkIndex: number) => boolean): RunNs | undefined {
  const chunkIndex = log.tokenCounts.findIndex((count, index) => count > 0 && isWanted(index));
  const arrivalNs = log.arrivalsNs[chunkIndex];
  return arrivalNs === undefined ? undefined : runNs(arrivalNs);
}

/** Apart from other resets: it may be the race that keeping connections alive always has, and then says nothing of the server's load. */
export function brokenReuseEvent(
  requestIndex: number,
  { brokenReuse, endedNs }: LlmOutcome,
): TraceEvent | undefined {
  if (brokenReuse === undefined) return undefined;
  const detail = {
    request_id: requestIdOf(requestIndex),
    idle_ns: brokenReuse.idleNs,
    earlier_requests_count: brokenReuse.earlierRequestsCount,
  };
  return { source: 'client', kind: 'kept_alive_broke', timeNs: endedNs, detail };
}
