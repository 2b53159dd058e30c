import { NS_PER_MS, NS_PER_S } from '@fluidscope/units';
import type { RequestRow } from '@fluidscope/trace-schema';
import { failureText, promptTokensOf, type AnsweredRequest, type MeasuredRun } from './measured-run.js';

interface MetricValue {
  readonly value: number | readonly number[];
  readonly unit: string;
}

/** The run in the shape of AIPerf's `profile_export.jsonl`: one line a request, in order of the plan. Times in ms, wall-clock stamps in ns. */
export function* aiperfRecords(measured: MeasuredRun): Generator<string> {
  for (const [index, row] of measured.rows.entries()) {
    const request = measured.answered.get(row.requestIndex);
    const rest = JSON.stringify({
      metrics: request === undefined ? failedMetrics(row) : metricsOf(request),
      error: request === undefined ? errorOf(row) : null,
    });
    yield `{"metadata":${metadataOf(row, index, measured.run.startedWallNs)},${rest.slice(1)}\n`;
  }
}

/** Nanoseconds of the wall clock are past what a number of JavaScript holds, so these are put in by hand. */
function metadataOf(row: RequestRow, index: number, startedWallNs: bigint): string {
  const wall = (runNs: number): string => String(startedWallNs + BigInt(runNs));
  const plain = JSON.stringify({
    session_num: index,
    x_request_id: row.requestId,
    turn_index: 0,
    worker_id: `worker_${row.workerIndex}`,
    record_processor_id: 'fluidscope',
    benchmark_phase: 'profiling',
    was_cancelled: row.status === 'cancelled',
  });
  const startNs = wall(row.intendedNs);
  const endNs = wall(row.endedNs ?? row.sentNs ?? row.intendedNs);
  return `${plain.slice(0, -1)},"credit_issued_ns":${startNs},"request_start_ns":${startNs},"request_ack_ns":null,"request_end_ns":${endNs}}`;
}

function metricsOf({ row, gapsNs, outputTokens, ttftNs, endToEndNs, tpotMeanNs }: AnsweredRequest): object {
  const promptTokens = promptTokensOf(row);
  const [, secondNs] = gapsNs;
  return {
    ...failedMetrics(row),
    output_sequence_length: tokens(outputTokens),
    output_token_count: tokens(outputTokens),
    time_to_first_token: ms(ttftNs),
    ...(secondNs === undefined ? {} : { time_to_second_token: ms(secondNs) }),
    request_latency: ms(endToEndNs),
    ...(gapsNs.length < 2
      ? {}
      : { inter_chunk_latency: { value: Array.from(gapsNs.subarray(1), inMs), unit: 'ms' } }),
    ...(tpotMeanNs === undefined ? {} : { inter_token_latency: ms(tpotMeanNs) }),
    ...(tpotMeanNs === undefined || tpotMeanNs === 0
      ? {}
      : { output_token_throughput_per_user: { value: NS_PER_S / tpotMeanNs, unit: 'tokens/sec/user' } }),
    ...(promptTokens === undefined || ttftNs === 0
      ? {}
      : {
          prefill_throughput_per_user: {
            value: (promptTokens / ttftNs) * NS_PER_S,
            unit: 'tokens/sec/user',
          },
        }),
  };
}

function failedMetrics(row: RequestRow): Record<string, MetricValue> {
  const promptTokens = promptTokensOf(row);
  return promptTokens === undefined ? {} : { input_sequence_length: tokens(promptTokens) };
}

/** As AIPerf tells of a request that failed. */
export function errorOf(row: RequestRow): { code: number | null; type: string; message: string } {
  return {
    code: row.httpStatus ?? null,
    type: row.errorCode ?? row.status ?? 'unfinished',
    message: failureText(row),
  };
}

function tokens(value: number): MetricValue {
  return { value, unit: 'tokens' };
}

function ms(valueNs: number): MetricValue {
  return { value: inMs(valueNs), unit: 'ms' };
}

function inMs(valueNs: number): number {
  return valueNs / NS_PER_MS;
}
