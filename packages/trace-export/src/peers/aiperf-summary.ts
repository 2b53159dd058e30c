import { describeDistribution, quantile, sortSamples } from '@fluidscope/metrics';
import { NS_PER_MS, NS_PER_S } from '@fluidscope/units';
import { errorOf } from './aiperf-records.js';
import {
  laterGapsNs,
  perSecond,
  promptTokensOf,
  type AnsweredRequest,
  type MeasuredRun,
} from './measured-run.js';

/** Of AIPerf's summary, whose shape this is. */
const SCHEMA_VERSION = '1.4';

const PERCENTILES = [1, 5, 10, 25, 50, 75, 90, 95, 99] as const;

/** A figure as AIPerf has it: a single value stands as `avg`. */
type Metric = Readonly<Record<string, number | string>> & { readonly unit: string };

/**
 * The run in the shape of AIPerf's `profile_export_aiperf.json`. Times in ms, the run's length in seconds. Figures that do not exist are left
 * out, as AIPerf does.
 */
export function aiperfSummary(measured: MeasuredRun): object {
  const { run, durationNs } = measured;
  const wall = (ns: number): string =>
    new Date(Number((run.startedWallNs + BigInt(Math.round(ns))) / 1_000_000n)).toISOString();
  const startNs = measured.rows.reduce((least, { intendedNs }) => Math.min(least, intendedNs), Infinity);
  return {
    schema_version: SCHEMA_VERSION,
    benchmark_id: run.runId,
    ...countFigures(measured),
    ...latencyFigures([...measured.answered.values()]),
    was_cancelled: run.end?.stopReason === 'interrupted',
    is_complete: run.end?.stopReason === 'finished' || run.end?.stopReason === 'duration',
    error_summary: errorSummary(measured),
    ...(durationNs === undefined ? {} : { start_time: wall(startNs), end_time: wall(startNs + durationNs) }),
  };
}

function countFigures(measured: MeasuredRun): Record<string, Metric> {
  const { answered, rows, durationNs, goodCount } = measured;
  const requests = [...answered.values()];
  const inputTokens = requests.reduce((sum, { row }) => sum + (promptTokensOf(row) ?? 0), 0);
  const outputTokens = requests.reduce((sum, each) => sum + each.outputTokens, 0);
  const single = (unit: string, avg: number | undefined): Metric | undefined =>
    avg === undefined ? undefined : { unit, avg };
  return present({
    request_throughput: single('requests/sec', perSecond(requests.length, measured)),
    request_count: single('requests', requests.length),
    output_token_throughput: single('tokens/sec', perSecond(outputTokens, measured)),
    total_output_tokens: single('tokens', outputTokens),
    total_isl: single('tokens', inputTokens),
    total_osl: single('tokens', outputTokens),
    benchmark_duration: single('sec', durationNs === undefined ? undefined : durationNs / NS_PER_S),
    error_request_count: single(
      'requests',
      rows.length === requests.length ? undefined : rows.length - requests.length,
    ),
    good_request_count: single('requests', goodCount),
    goodput: single('requests/sec', goodCount === undefined ? undefined : perSecond(goodCount, measured)),
  });
}

function latencyFigures(requests: readonly AnsweredRequest[]): Record<string, Metric> {
  const ms = (valuesNs: Iterable<number>): Metric | undefined =>
    figure(
      'ms',
      Float64Array.from(valuesNs, (ns) => ns / NS_PER_MS),
    );
  const tokens = (values: readonly number[]): Metric | undefined =>
    figure('tokens', Float64Array.from(values));
  const tpotsNs = requests.flatMap(({ tpotMeanNs }) => tpotMeanNs ?? []);
  return present({
    request_latency: ms(requests.map(({ endToEndNs }) => endToEndNs)),
    time_to_first_token: ms(requests.map(({ ttftNs }) => ttftNs)),
    time_to_second_token: ms(requests.flatMap(({ gapsNs }) => gapsNs[1] ?? [])),
    inter_token_latency: ms(tpotsNs),
    inter_chunk_latency: ms(laterGapsNs(requests)),
    output_token_throughput_per_user: figure(
      'tokens/sec/user',
      Float64Array.from(
        tpotsNs.filter((ns) => ns > 0),
        (ns) => NS_PER_S / ns,
      ),
    ),
    output_sequence_length: tokens(requests.map(({ outputTokens }) => outputTokens)),
    output_token_count: tokens(requests.map(({ outputTokens }) => outputTokens)),
    input_sequence_length: tokens(requests.flatMap(({ row }) => promptTokensOf(row) ?? [])),
  });
}

function figure(unit: string, values: Float64Array): Metric | undefined {
  const all = describeDistribution(values);
  if (all === undefined) return undefined;
  const samples = sortSamples(values);
  return {
    unit,
    avg: all.mean,
    ...Object.fromEntries(
      PERCENTILES.map((rankPct) => [`p${rankPct}`, quantile(samples, rankPct / 100) ?? NaN]),
    ),
    min: all.min,
    max: all.max,
    std: all.standardDeviation,
    count: all.count,
    sum: all.mean * all.count,
  };
}

function errorSummary({ rows, answered }: MeasuredRun): readonly object[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    if (answered.has(row.requestIndex)) continue;
    const error = JSON.stringify(errorOf(row));
    counts.set(error, (counts.get(error) ?? 0) + 1);
  }
  return [...counts].map(([error, count]) => ({ error_details: JSON.parse(error) as object, count }));
}

function present(metrics: Readonly<Record<string, Metric | undefined>>): Record<string, Metric> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
