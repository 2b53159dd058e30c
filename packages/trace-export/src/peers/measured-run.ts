import { readStreams } from '@fluidscope/diagnosis';
import { goodput, recordedRequestTerms, type RequestOutcome, type RequestTerm } from '@fluidscope/slo';
import { readRecordedConfig, type RequestRow, type RunRow, type TraceReader } from '@fluidscope/trace-schema';
import { NS_PER_S } from '@fluidscope/units';
import { readRecordedLoad, type RecordedLoad } from './recorded-load.js';

/** A measured request that ended well and gave at least one token. */
export interface AnsweredRequest {
  readonly row: RequestRow;
  /** From the intended send to the first chunk with a token, then from each such chunk to the next. */
  readonly gapsNs: Float64Array;
  readonly outputTokens: number;
  readonly ttftNs: number;
  readonly endToEndNs: number;
  /** `undefined` below two tokens. */
  readonly tpotMeanNs: number | undefined;
}

/** What peers' files are made of. Warm-up is no part of it. */
export interface MeasuredRun {
  readonly run: RunRow;
  readonly load: RecordedLoad;
  /** In order of `requestIndex`, answered or not. */
  readonly rows: readonly RequestRow[];
  readonly answered: ReadonlyMap<number, AnsweredRequest>;
  /** From the first intended send to the last end; `undefined` where nothing ended. */
  readonly durationNs: number | undefined;
  /** Answered requests that met every term; `undefined` where neither the run nor a request has an SLO. */
  readonly goodCount: number | undefined;
}

/** `slo`: in place of the one that the trace holds. */
export async function readMeasuredRun(
  reader: TraceReader,
  slo?: readonly RequestTerm[],
): Promise<MeasuredRun> {
  const run = await reader.run();
  const rows = (await reader.requests()).filter(({ phase }) => phase === 'measured');
  const byIndex = new Map(rows.map((row) => [row.requestIndex, row]));
  const terms = slo ?? recordedRequestTerms(readRecordedConfig(run.config)?.goodput) ?? [];
  const answered = new Map<number, AnsweredRequest>();
  for (const { requestIndex, timings } of await readStreams(reader)) {
    const row = byIndex.get(requestIndex);
    if (row === undefined || timings.arrivalsNs.length === 0) continue;
    answered.set(requestIndex, answeredRequest(row, timings));
  }
  return {
    run,
    load: readRecordedLoad(run.config),
    rows,
    answered,
    durationNs: durationOf(rows),
    goodCount: goodput(terms, outcomesOf(rows, answered), undefined)?.metCount,
  };
}

function answeredRequest(
  row: RequestRow,
  { arrivalsNs, tokenCounts }: { readonly arrivalsNs: Float64Array; readonly tokenCounts: Uint32Array },
): AnsweredRequest {
  const gapsNs = arrivalsNs.map((atNs, index) => atNs - (arrivalsNs[index - 1] ?? row.intendedNs));
  const outputTokens = tokenCounts.reduce((sum, count) => sum + count, 0);
  const ttftNs = gapsNs[0] ?? NaN;
  const endToEndNs = (arrivalsNs.at(-1) ?? NaN) - row.intendedNs;
  return {
    row,
    gapsNs,
    outputTokens,
    ttftNs,
    endToEndNs,
    tpotMeanNs: outputTokens < 2 ? undefined : (endToEndNs - ttftNs) / (outputTokens - 1),
  };
}

function durationOf(rows: readonly RequestRow[]): number | undefined {
  let [firstNs, lastNs] = [Infinity, -Infinity];
  for (const { intendedNs, endedNs } of rows) {
    firstNs = Math.min(firstNs, intendedNs);
    lastNs = Math.max(lastNs, endedNs ?? -Infinity);
  }
  return lastNs > firstNs ? lastNs - firstNs : undefined;
}

function outcomesOf(
  rows: readonly RequestRow[],
  answered: ReadonlyMap<number, AnsweredRequest>,
): readonly RequestOutcome[] {
  return rows.map((row) => {
    const ownTerms = recordedRequestTerms(row.slo);
    const of = answered.get(row.requestIndex);
    if (of === undefined) return { score: undefined, ownTerms };
    return { score: { ...row, outputTokens: of.outputTokens }, tbtNs: of.gapsNs.subarray(1), ownTerms };
  });
}

/** What a count comes to a second. */
export function perSecond(
  count: number,
  { durationNs }: Pick<MeasuredRun, 'durationNs'>,
): number | undefined {
  return durationNs === undefined ? undefined : (count / durationNs) * NS_PER_S;
}

/** The waits for every chunk but a request's first; a spread would put a million arguments on the stack. */
export function laterGapsNs(requests: readonly AnsweredRequest[]): Float64Array {
  const allNs = new Float64Array(requests.reduce((sum, { gapsNs }) => sum + gapsNs.length - 1, 0));
  let at = 0;
  for (const { gapsNs } of requests) {
    allNs.set(gapsNs.subarray(1), at);
    at += gapsNs.length - 1;
  }
  return allNs;
}

export function promptTokensOf(row: RequestRow): number | undefined {
  return row.usagePromptTokens ?? row.promptTokens;
}

/** Why a request has no tokens to count, in a few words. */
export function failureText({ status, errorCode, errorMessage }: RequestRow): string {
  const code = errorCode ?? (status === undefined ? 'unfinished' : status === 'ok' ? 'no token' : status);
  return errorMessage === undefined ? code : `${code}: ${errorMessage}`;
}
