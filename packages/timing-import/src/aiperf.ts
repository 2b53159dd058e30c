import { durationNs, type DurationNs } from '@fluidscope/units';
import { z } from 'zod';
import { decimalToNs, NS_EXPONENT, type TimeUnit } from './decimal-ns.js';
import { gapStream } from './gap-stream.js';
import type { ImportedRequest, ImportedTimings } from './imported-timings.js';
import type { NumberedRecord } from './json-text.js';
import { requireShape, wrongShape } from './wrong-shape.js';

const METRIC = z.object(
  { value: z.unknown(), unit: z.string({ error: 'a text' }) },
  { error: 'a value with its unit' },
);

const RECORD = z.object(
  {
    metadata: z.object(
      {
        session_num: z.int({ error: 'a whole number' }).optional(),
        x_request_id: z.string({ error: 'a text' }).nullish(),
        request_start_ns: z.number({ error: 'nanoseconds' }).nullish(),
        request_end_ns: z.number({ error: 'nanoseconds' }).nullish(),
        benchmark_phase: z.string({ error: 'a text' }).nullish(),
        was_cancelled: z.boolean({ error: 'true or false' }).nullish(),
      },
      { error: 'an object' },
    ),
    metrics: z.record(z.string(), METRIC, { error: 'an object of metrics' }).nullish(),
    error: z
      .object({ type: z.string().nullish(), message: z.string().nullish() }, { error: 'an object or null' })
      .nullish(),
  },
  { error: 'an object with metadata and metrics' },
);

type AiperfRecord = z.infer<typeof RECORD>;

/**
 * AIPerf's `profile_export.jsonl`: one record a request. TTFT and `inter_chunk_latency` give the arrivals of the chunks
 * that carried content, relative to the send. How tokens spread over chunks is not in it: each chunk counts as one
 * token, and a warning says where `output_sequence_length` counts otherwise. Records of the warm-up, and those with
 * means alone (`inter_token_latency`), are kept as not scored.
 */
export function readAiperf(records: Iterable<NumberedRecord>): ImportedTimings {
  const requests: ImportedRequest[] = [];
  const run = { firstNs: Infinity, lastNs: -Infinity, otherTokensCount: 0 };
  for (const { line, value } of records) {
    const record = requireShape(RECORD, value, { whole: 'the record', line });
    const request = readRecord(record, line);
    requests.push(request);
    if (request.status === 'unscored') continue;
    run.firstNs = Math.min(run.firstNs, record.metadata.request_start_ns ?? Infinity);
    run.lastNs = Math.max(run.lastNs, record.metadata.request_end_ns ?? -Infinity);
    if (request.status === 'ok' && countsOtherwise(record, request.timings.arrivalsNs.length))
      run.otherTokensCount += 1;
  }
  return {
    format: 'aiperf',
    requests,
    durationNs: wallDuration(run.firstNs, run.lastNs),
    warnings: warningsOf(requests, run.otherTokensCount),
  };
}

function readRecord(record: AiperfRecord, line: number): ImportedRequest {
  const { metadata } = record;
  const identity = {
    requestId: metadata.x_request_id ?? String(metadata.session_num ?? line),
    promptTokens: tokensOf(record, 'input_sequence_length'),
  };
  if (metadata.benchmark_phase === 'warmup') return { ...identity, status: 'unscored', reason: 'warm-up' };
  const failure = failureOf(record);
  if (failure !== undefined) return { ...identity, status: 'error', reason: failure };
  const gapsNs = chunkGapsNs(record, line);
  if (gapsNs === undefined) return { ...identity, status: 'unscored', reason: MEANS_ALONE };
  const timings = gapStream(gapsNs);
  if (timings === undefined) {
    throw wrongShape({
      expected: 'times that add up to less than 104 days',
      name: 'metrics.inter_chunk_latency',
      received: record.metrics?.['inter_chunk_latency']?.value,
      line,
    });
  }
  return { ...identity, status: 'ok', timings };
}

const MEANS_ALONE = 'no inter_chunk_latency: means cannot tell when each token came';

function failureOf({ error, metadata }: AiperfRecord): string | undefined {
  if (error !== null && error !== undefined)
    return [error.type, error.message].filter(Boolean).join(': ') || 'error';
  return metadata.was_cancelled === true ? 'cancelled' : undefined;
}

/** The wait for the first chunk, then one gap a chunk; `undefined` where the record does not hold them. */
function chunkGapsNs({ metrics }: AiperfRecord, line: number): number[] | undefined {
  const ttft = metrics?.['time_to_first_token'];
  if (ttft === undefined) return undefined;
  const ttftNs = requireTime(ttft.value, ttft.unit, { name: 'metrics.time_to_first_token.value', line });
  const waits = metrics?.['inter_chunk_latency'];
  if (waits === undefined) return metrics?.['output_sequence_length']?.value === 1 ? [ttftNs] : undefined;
  const name = 'metrics.inter_chunk_latency.value';
  if (!Array.isArray(waits.value))
    throw wrongShape({ expected: 'a list of times', name, received: waits.value, line });
  const gapsNs = waits.value.map((wait: unknown, index) =>
    requireTime(wait, waits.unit, { name: `${name}[${index}]`, line }),
  );
  return [ttftNs, ...gapsNs];
}

function requireTime(value: unknown, unit: string, { name, line }: { name: string; line: number }): number {
  if (!isTimeUnit(unit)) {
    throw wrongShape({
      expected: `a unit of time (${Object.keys(NS_EXPONENT).join(', ')})`,
      name: name.replace(/value.*/, 'unit'),
      received: unit,
      line,
    });
  }
  const valueNs = decimalToNs(value, unit);
  if (valueNs === undefined)
    throw wrongShape({ expected: 'a time of 0 or more', name, received: value, line });
  return valueNs;
}

function isTimeUnit(unit: string): unit is TimeUnit {
  return Object.hasOwn(NS_EXPONENT, unit);
}

function tokensOf({ metrics }: AiperfRecord, name: string): number | undefined {
  const value = metrics?.[name]?.value;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function countsOtherwise(record: AiperfRecord, chunksCount: number): boolean {
  const outputTokens = tokensOf(record, 'output_sequence_length');
  return outputTokens !== undefined && outputTokens !== chunksCount;
}

/** Wall-clock nanoseconds are past 2^53, where a double is good to 256 ns: enough for a run's length, for no token. */
function wallDuration(firstNs: number, lastNs: number): DurationNs | undefined {
  return Number.isSafeInteger(lastNs - firstNs) && lastNs > firstNs
    ? durationNs(lastNs - firstNs)
    : undefined;
}

function warningsOf(requests: readonly ImportedRequest[], otherTokensCount: number): string[] {
  const warnings: string[] = [];
  const withoutTimes = requests.filter(
    (request) => request.status === 'unscored' && request.reason === MEANS_ALONE,
  );
  if (otherTokensCount > 0) {
    warnings.push(
      `${otherTokensCount} of ${requests.length} requests have another number of tokens (output_sequence_length) than chunks (inter_chunk_latency): which chunk held how many is not in the file, so each chunk counts as one token.`,
    );
  }
  if (withoutTimes.length > 0) {
    warnings.push(
      `${withoutTimes.length} of ${requests.length} requests hold no inter_chunk_latency (a run without streaming, or a single chunk): they are not scored.`,
    );
  }
  return warnings;
}
