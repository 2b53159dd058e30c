import {
  NO_OUTCOME,
  emptyTrace,
  requestIdOf,
  type ChunkColumns,
  type Loss,
  type RequestRow,
  type RunRow,
  type TraceReader,
} from '@fluidscope/trace-schema';
import { durationNs, monoNs, runNs, wallNs } from '@fluidscope/units';

import { DEADLINES } from './streams.js';

export interface ReadTrace {
  readonly requests: readonly RequestRow[];
  /** Rows of `[requestIndex, seq, arrivalNs, tokenCount]`. */
  readonly chunks: readonly (readonly [number, number, number, number])[];
  readonly losses?: readonly Loss[];
  readonly isCutShort?: boolean;
}

/** A trace of tokens alone, as one of schema version 1 or of imported timings is. */
export function readerOf({ requests, chunks, losses = [], isCutShort = false }: ReadTrace): TraceReader {
  return {
    ...emptyTrace(runRow(isCutShort)),
    requests: () => Promise.resolve(requests),
    chunks: async function* () {
      yield await Promise.resolve(columnsOf(chunks));
    },
    losses: () => Promise.resolve(losses),
  };
}

function runRow(isCutShort: boolean): RunRow {
  return {
    runId: 'a-run',
    startedWallNs: wallNs(1_767_225_600_000_000_000n),
    startedMonoNs: monoNs(1n),
    config: { ttft_deadline_ns: DEADLINES.ttftDeadlineNs, tbt_deadline_ns: DEADLINES.tbtDeadlineNs },
    versions: {},
    machine: {},
    stampOverheadNs: durationNs(80),
    clockResolutionNs: durationNs(1),
    end: isCutShort ? undefined : { endedNs: runNs(1e10), stopReason: 'finished' },
  };
}

function columnsOf(rows: ReadTrace['chunks']): ChunkColumns {
  return {
    length: rows.length,
    requestIndex: Uint32Array.from(rows, ([requestIndex]) => requestIndex),
    seq: Uint32Array.from(rows, ([, seq]) => seq),
    arrivalNs: Float64Array.from(rows, ([, , arrivalNs]) => arrivalNs),
    tokenCount: Uint32Array.from(rows, ([, , , tokenCount]) => tokenCount),
    stampSource: new Uint8Array(rows.length),
    errorNs: new Float64Array(rows.length),
  };
}

/** A measured request that was sent at 0. */
export function requestRow(requestIndex: number, over: Partial<RequestRow> = {}): RequestRow {
  return {
    ...NO_OUTCOME,
    requestId: requestIdOf(requestIndex),
    requestIndex,
    phase: 'measured',
    intendedNs: runNs(0),
    sentNs: runNs(0),
    promptTokens: undefined,
    promptTokensSource: undefined,
    maxOutputTokens: undefined,
    workerIndex: 0,
    status: 'ok',
    endedNs: undefined,
    ...over,
  };
}
