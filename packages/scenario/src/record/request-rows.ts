import { deadlineMisses, scoreRequest, type Deadlines, type TokenTimings } from '@fluidscope/metrics';
import {
  STAMP_SOURCES,
  type ChunkColumns,
  type RequestEnd,
  type RequestMetrics,
  type RequestStart,
  type DeadlineMiss,
  type TraceWriter,
} from '@fluidscope/trace-schema';
import { elapsedNs, runNs, type RunNs } from '@fluidscope/units';
import type { SimulatedRequest } from '../simulated-request.js';

/** The times that a request's metrics are computed from. */
export function timingsOf({ plan, arrivalsNs, tokenCounts, chunksCount }: SimulatedRequest): TokenTimings {
  return {
    startNs: runNs(plan.intendedNs),
    arrivalsNs: arrivalsNs.subarray(0, chunksCount),
    tokenCounts: tokenCounts.subarray(0, chunksCount),
  };
}

/** The deadlines that a measured request which ended missed; none of any other. */
export function missesOf(
  request: SimulatedRequest,
  requestIndex: number,
  deadlines: Deadlines,
): DeadlineMiss[] {
  if (!isScored(request)) return [];
  return deadlineMisses(timingsOf(request), deadlines).map(({ chunkIndex, ...miss }) => ({
    requestIndex,
    seq: chunkIndex,
    ...miss,
  }));
}

export function isScored({ plan, isDone }: SimulatedRequest): boolean {
  return plan.phase === 'measured' && isDone;
}

/** Writes what a harness writes of a request: its start, chunks, misses and end. */
export function writeRequest(
  request: SimulatedRequest,
  requestIndex: number,
  { writer, deadlines, stamps }: { writer: TraceWriter; deadlines: Deadlines; stamps: 'kernel' | 'user' },
): void {
  writer.appendRequestStarts([startRow(request, requestIndex)]);
  writer.appendChunks(chunkColumns(request, requestIndex, stamps));
  writer.appendDeadlineMisses(missesOf(request, requestIndex, deadlines));
  writer.appendRequestEnds([endRow(request, requestIndex, deadlines)]);
}

function startRow({ plan, sentNs }: SimulatedRequest, requestIndex: number): RequestStart {
  return {
    requestIndex,
    phase: plan.phase,
    intendedNs: runNs(plan.intendedNs),
    sentNs: runNs(sentNs),
    promptTokens: plan.promptTokens,
    promptTokensSource: 'approximation',
    maxOutputTokens: plan.outputTokens,
    workerIndex: 0,
  };
}

function chunkColumns(
  request: SimulatedRequest,
  requestIndex: number,
  stamps: 'kernel' | 'user',
): ChunkColumns {
  const { chunksCount: length, arrivalsNs, errorsNs, tokenCounts } = request;
  return {
    length,
    requestIndex: new Uint32Array(length).fill(requestIndex),
    seq: Uint32Array.from({ length }, (_, seq) => seq),
    arrivalNs: arrivalsNs.subarray(0, length),
    tokenCount: tokenCounts.subarray(0, length),
    stampSource: new Uint8Array(length).fill(STAMP_SOURCES.indexOf(stamps)),
    errorNs: errorsNs.subarray(0, length),
  };
}

function endRow(request: SimulatedRequest, requestIndex: number, deadlines: Deadlines): RequestEnd {
  const { plan, sentNs, arrivalsNs, chunksCount, isDone } = request;
  return {
    requestIndex,
    ...metricsOf(request, deadlines),
    ...(isDone ? ENDED_WELL : CANCELLED),
    httpStatus: 200,
    errorMessage: undefined,
    responseId: `chatcmpl-${plan.replicaIndex}-${requestIndex}`,
    firstChunkNs: firstTokenNs(request),
    endedNs: runNs(arrivalsNs[chunksCount - 1] ?? sentNs),
    outputTokens: isDone ? plan.outputTokens : undefined,
    usagePromptTokens: isDone ? plan.promptTokens : undefined,
    usageOutputTokens: isDone ? plan.outputTokens : undefined,
  };
}

const ENDED_WELL = {
  status: 'ok',
  errorCode: undefined,
  finishReason: 'length',
  tokenCountSource: 'server_usage',
} as const;
const CANCELLED = {
  status: 'cancelled',
  errorCode: 'cancelled',
  finishReason: undefined,
  tokenCountSource: undefined,
} as const;

/** The role comes with the first token, in a chunk before it. */
function firstTokenNs({ arrivalsNs, chunksCount }: SimulatedRequest): RunNs | undefined {
  return chunksCount < 2 ? undefined : runNs(arrivalsNs[1] ?? 0);
}

function metricsOf(request: SimulatedRequest, deadlines: Deadlines): RequestMetrics {
  const score = isScored(request) ? scoreRequest(timingsOf(request), deadlines) : undefined;
  const firstNs = firstTokenNs(request);
  const isFirstScored = score !== undefined && firstNs !== undefined;
  return {
    ttftNs: score?.ttftNs,
    ttftFromSentNs: isFirstScored ? elapsedNs(runNs(request.sentNs), firstNs) : undefined,
    ttftVisibleNs: score?.ttftNs,
    tpotMeanNs: score?.tpotMeanNs,
    endToEndNs: score?.endToEndNs,
    fluidityIndex: score?.fluidityIndex,
    tokenFluidityIndex: score?.tokenFluidityIndex,
    decodeFluidityIndex: score?.decodeFluidityIndex,
    missedDeadlinesCount: score?.missedDeadlinesCount,
    totalDeadlinesCount: score?.totalDeadlinesCount,
    minTbtDeadlineNs: score?.minTbtDeadlineNs,
  };
}
