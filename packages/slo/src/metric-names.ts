import type { LatencyMetric, RunMetric } from './terms.js';

/** By each name that users know it by: ours, AIPerf's, vLLM's. */
const LATENCIES: Readonly<Record<string, LatencyMetric>> = {
  ttft: 'ttft',
  time_to_first_token: 'ttft',
  tbt: 'tbt',
  tpot: 'tpot',
  time_per_output_token: 'tpot',
  inter_token_latency: 'tpot',
  e2e: 'end_to_end',
  e2el: 'end_to_end',
  end_to_end: 'end_to_end',
  request_latency: 'end_to_end',
};

const FIGURES = [
  'goodput',
  'error_rate',
  'missed_deadlines',
  'fluidity_index',
  'request_rate',
  'output_token_rate',
] as const;

export const LATENCY_NAMES: Readonly<Record<LatencyMetric, string>> = {
  ttft: 'ttft',
  tbt: 'tbt',
  tpot: 'tpot',
  end_to_end: 'e2e',
};

/** What a term's name means: something of a request, of a run, or nothing. */
export type NamedMetric =
  | { readonly of: 'request'; readonly metric: LatencyMetric | 'fluidity_index' }
  | { readonly of: 'run'; readonly metric: RunMetric }
  | { readonly problem: string };

/** `fluidity_index` is the run's: a request's is written `fluidity`, or with a colon. */
export function readMetricName(name: string): NamedMetric {
  const lower = name.toLowerCase();
  if (lower === 'fluidity') return { of: 'request', metric: 'fluidity_index' };
  const latency = latencyNamed(lower);
  if (latency !== undefined) return { of: 'request', metric: latency };
  const figure = FIGURES.find((kind) => kind === lower);
  if (figure !== undefined) return { of: 'run', metric: { kind: figure } };
  return readQuantileName(lower) ?? { problem: unknownName(name) };
}

function latencyNamed(name: string): LatencyMetric | undefined {
  return Object.hasOwn(LATENCIES, name) ? LATENCIES[name] : undefined;
}

/** `p99_ttft`, `p99.9_tbt`, `p999_tbt`. */
function readQuantileName(name: string): NamedMetric | undefined {
  const [, digits, rest] = /^p(\d+(?:\.\d+)?)_(.+)$/.exec(name) ?? [];
  const of = rest === undefined ? undefined : latencyNamed(rest);
  if (digits === undefined || of === undefined) return undefined;
  const ratio = /^99\d+$/.test(digits) ? Number(`0.${digits}`) : Number(`${digits}e-2`);
  if (ratio > 0 && ratio < 1) return { of: 'run', metric: { kind: 'quantile', of, ratio } };
  const every = `${LATENCY_NAMES[of]}:LIMIT@100%`;
  return {
    problem: `expected a percentile above p0 and below p100 (all of them: ${every}) but received "p${digits}"`,
  };
}

function unknownName(name: string): string {
  return `expected ttft, tbt, tpot, e2e, fluidity, a percentile such as p99_ttft, ${FIGURES.join(', ')} but received the metric "${name}"`;
}
