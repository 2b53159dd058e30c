import { describeDistribution, quantile, sortSamples } from '@fluidscope/metrics';
import { NS_PER_MS, NS_PER_S } from '@fluidscope/units';
import {
  failureText,
  laterGapsNs,
  perSecond,
  promptTokensOf,
  type AnsweredRequest,
  type MeasuredRun,
} from './measured-run.js';

/** vLLM's own default is p99 alone. Keys are its spelling: `p99.9_ttft_ms`. */
const PERCENTILES = [50, 90, 95, 99, 99.9] as const;

/**
 * The run in the shape of the JSON that vLLM's serving bench writes with `--save-result --save-detailed`, in pieces: one after the other they
 * are the file. Seconds, but for `*_ms`; requests in order of their plan; a failed one has ttft 0, no itls and its error. A figure that does
 * not exist is left out or null, where the bench writes 0.
 */
export function* vllmResult(measured: MeasuredRun): Generator<string> {
  const head = JSON.stringify(
    { ...setUpOf(measured), ...totalsOf(measured), ...latencyFigures(measured) },
    undefined,
    2,
  );
  yield head.slice(0, -2);
  for (const [name, valueOf] of listsOf(measured)) {
    yield `,\n  ${JSON.stringify(name)}: [`;
    for (const [index, row] of measured.rows.entries())
      yield `${index === 0 ? '' : ', '}${JSON.stringify(valueOf(row))}`;
    yield ']';
  }
  yield '\n}\n';
}

function setUpOf({ run, load, rows }: MeasuredRun): object {
  const started = new Date(Number(run.startedWallNs / 1_000_000n)).toISOString();
  const [date = '', time = ''] = started.split(/[T.]/);
  const backend = load.endpointType === 'chat' ? 'openai-chat' : (load.endpointType ?? null);
  return {
    date: `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}`,
    endpoint_type: backend,
    backend,
    label: null,
    model_id: load.model ?? null,
    tokenizer_id: null,
    num_prompts: rows.length,
    // As with the bench's --metadata: further keys at the top.
    tool: 'fluidscope',
    latency_counts_from: 'intended send',
    request_rate: load.ratePerS === Infinity ? 'inf' : (load.ratePerS ?? null),
    burstiness: load.burstiness ?? null,
    max_concurrency: load.mostInFlightCount ?? null,
  };
}

function totalsOf(measured: MeasuredRun): object {
  const { answered, rows, durationNs, goodCount } = measured;
  const requests = [...answered.values()];
  const inputTokens = requests.reduce((sum, { row }) => sum + (promptTokensOf(row) ?? 0), 0);
  const outputTokens = requests.reduce((sum, each) => sum + each.outputTokens, 0);
  return {
    duration: durationNs === undefined ? null : durationNs / NS_PER_S,
    completed: requests.length,
    failed: rows.length - requests.length,
    total_input_tokens: inputTokens,
    total_output_tokens: outputTokens,
    request_throughput: perSecond(requests.length, measured) ?? null,
    request_goodput: goodCount === undefined ? null : (perSecond(goodCount, measured) ?? null),
    output_throughput: perSecond(outputTokens, measured) ?? null,
    total_token_throughput: perSecond(inputTokens + outputTokens, measured) ?? null,
    max_output_tokens_per_s: mostTokensPerS(requests),
    max_concurrent_requests: mostAtOnce(requests),
  };
}

function latencyFigures({ answered }: MeasuredRun): object {
  const requests = [...answered.values()];
  return {
    ...figures(
      'ttft',
      requests.map(({ ttftNs }) => ttftNs),
    ),
    ...figures(
      'tpot',
      requests.flatMap(({ tpotMeanNs }) => tpotMeanNs ?? []),
    ),
    ...figures('itl', laterGapsNs(requests)),
    ...figures(
      'e2el',
      requests.map(({ endToEndNs }) => endToEndNs),
    ),
  };
}

function figures(name: string, valuesNs: ArrayLike<number>): Record<string, number> {
  const valuesMs = Float64Array.from(valuesNs, (ns) => ns / NS_PER_MS);
  const all = describeDistribution(valuesMs);
  if (all === undefined) return {};
  const samples = sortSamples(valuesMs);
  return {
    [`mean_${name}_ms`]: all.mean,
    [`median_${name}_ms`]: all.p50,
    [`std_${name}_ms`]: all.standardDeviation,
    ...Object.fromEntries(
      PERCENTILES.map((rankPct) => [`p${rankPct}_${name}_ms`, quantile(samples, rankPct / 100) ?? NaN]),
    ),
  };
}

/** In whole seconds from the first send on. As the bench has it, chunks that carried tokens are counted, not the tokens in them. */
function mostTokensPerS(requests: readonly AnsweredRequest[]): number {
  const firstNs = requests.reduce((least, { row }) => Math.min(least, row.intendedNs), Infinity);
  const counts = new Map<number, number>();
  for (const { row, gapsNs } of requests) {
    let atNs: number = row.intendedNs;
    for (const gapNs of gapsNs) {
      atNs += gapNs;
      const second = Math.floor((atNs - firstNs) / NS_PER_S);
      counts.set(second, (counts.get(second) ?? 0) + 1);
    }
  }
  return [...counts.values()].reduce((most, count) => Math.max(most, count), 0);
}

/** An answer that ends when another begins is not beside it. */
function mostAtOnce(requests: readonly AnsweredRequest[]): number {
  const changes = requests
    .flatMap(({ row, endToEndNs }) => [
      { atNs: row.intendedNs, by: 1 },
      { atNs: row.intendedNs + endToEndNs, by: -1 },
    ])
    .toSorted((a, b) => a.atNs - b.atNs || a.by - b.by);
  let [now, most] = [0, 0];
  for (const { by } of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

type ValueOf = (row: MeasuredRun['rows'][number]) => unknown;

/** One entry a request each. Texts of answers are not recorded, so `generated_texts` is not there. */
function listsOf({ answered, rows }: MeasuredRun): readonly (readonly [name: string, valueOf: ValueOf])[] {
  const of = (row: MeasuredRun['rows'][number]): AnsweredRequest | undefined =>
    answered.get(row.requestIndex);
  const knowsPrompts = rows.every((row) => promptTokensOf(row) !== undefined);
  return [
    ...(knowsPrompts ? [['input_lens', promptTokensOf] as const] : []),
    ['output_lens', (row) => of(row)?.outputTokens ?? 0],
    ['ttfts', (row) => (of(row)?.ttftNs ?? 0) / NS_PER_S],
    ['itls', (row) => Array.from(of(row)?.gapsNs.subarray(1) ?? [], (ns) => ns / NS_PER_S)],
    ['latencies', (row) => (of(row)?.endToEndNs ?? 0) / NS_PER_S],
    ['start_times', (row) => row.intendedNs / NS_PER_S],
    ['errors', (row) => (of(row) === undefined ? failureText(row) : '')],
  ];
}
