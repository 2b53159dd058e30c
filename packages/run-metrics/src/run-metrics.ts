import type { Loss, RequestEnd, RequestStart } from '@fluidscope/trace-schema';
import { NS_PER_S } from '@fluidscope/units';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  DEADLINES,
  DEADLINES_MISSED,
  LOST,
  OPERATION_DURATION,
  PUSH_FAILURES,
  REQUESTS,
  REQUESTS_IN_FLIGHT,
  SEND_LATENESS,
  TIME_PER_OUTPUT_TOKEN,
  TIME_TO_FIRST_TOKEN,
  TOKEN_USAGE,
  type Label,
  type MetricSpec,
} from './metric-table.js';

/** What a run's metrics are of: the same for all of its values. */
export interface MeasuredEndpoint {
  /** `undefined` where the endpoint has one model and needs no name. */
  readonly model: string | undefined;
  readonly url: string;
  /** As `--endpoint-type` names it. */
  readonly endpointType: string;
}

type Started = Pick<RequestStart, 'phase' | 'promptTokens'> & { readonly intendedNs: number };

/**
 * The metrics of a run while it goes. Fed with the rows of requests that begin and end, as they go to the trace: nothing is done for a token,
 * so that neither a scrape nor a push can delay a stamp by more than its own turn on the event loop. Warm-up counts as in flight and in no
 * other figure.
 */
export class RunMetrics {
  readonly registry = new Registry();
  readonly #running = new Map<number, Started>();
  readonly #common: Readonly<Partial<Record<Label, string>>>;
  readonly #duration = this.#histogram(OPERATION_DURATION, ['error_type']);
  readonly #ttft = this.#histogram(TIME_TO_FIRST_TOKEN);
  readonly #tpot = this.#histogram(TIME_PER_OUTPUT_TOKEN);
  readonly #usage = this.#histogram(TOKEN_USAGE, ['gen_ai_token_type']);
  readonly #lateness = this.#histogram(SEND_LATENESS);
  readonly #requests = this.#counter(REQUESTS, ['status', 'error_type']);
  readonly #deadlines = this.#counter(DEADLINES);
  readonly #missed = this.#counter(DEADLINES_MISSED);
  readonly #lost = this.#counter(LOST);
  readonly #pushFailures = this.#counter(PUSH_FAILURES);

  constructor(endpoint: MeasuredEndpoint) {
    this.#common = commonLabels(endpoint);
    const inFlightCount = (): number => this.#running.size;
    const inFlight: Gauge = new Gauge({
      name: REQUESTS_IN_FLIGHT.prometheusName,
      help: REQUESTS_IN_FLIGHT.help,
      registers: [this.registry],
      labelNames: Object.keys(this.#common),
      collect: () => inFlight.set(this.#common, inFlightCount()),
    });
    // A counter that nothing has happened to is 0, and an alert on it wants to know.
    for (const counter of [this.#deadlines, this.#missed, this.#lost, this.#pushFailures])
      counter.inc(this.#common, 0);
  }

  addStarts(rows: readonly RequestStart[]): void {
    for (const { requestIndex, phase, promptTokens, intendedNs, sentNs } of rows) {
      if (sentNs === undefined) continue;
      this.#running.set(requestIndex, { phase, promptTokens, intendedNs });
      if (phase === 'measured') this.#lateness.observe(this.#common, (sentNs - intendedNs) / NS_PER_S);
    }
  }

  addEnds(rows: readonly RequestEnd[]): void {
    for (const row of rows) {
      const started = this.#running.get(row.requestIndex);
      this.#running.delete(row.requestIndex);
      if (started?.phase === 'measured') this.#addEnd(row, started);
    }
  }

  #addEnd(row: RequestEnd, { promptTokens, intendedNs }: Started): void {
    const error = row.errorCode === undefined ? {} : { error_type: row.errorCode };
    this.#requests.inc({ ...this.#common, ...error, status: row.status });
    const durationNs = row.endToEndNs ?? row.endedNs - intendedNs;
    this.#duration.observe({ ...this.#common, ...error }, durationNs / NS_PER_S);
    if (row.ttftNs !== undefined) this.#ttft.observe(this.#common, row.ttftNs / NS_PER_S);
    if (row.tpotMeanNs !== undefined) this.#tpot.observe(this.#common, row.tpotMeanNs / NS_PER_S);
    this.#deadlines.inc(this.#common, row.totalDeadlinesCount ?? 0);
    this.#missed.inc(this.#common, row.missedDeadlinesCount ?? 0);
    if (row.status !== 'ok') return;
    this.#addUsage('input', row.usagePromptTokens ?? promptTokens);
    this.#addUsage('output', row.outputTokens);
  }

  #addUsage(type: 'input' | 'output', tokens: number | undefined): void {
    if (tokens !== undefined) this.#usage.observe({ ...this.#common, gen_ai_token_type: type }, tokens);
  }

  addLosses(rows: readonly Loss[]): void {
    this.#lost.inc(this.#common, rows.length);
  }

  addPushFailure(): void {
    this.#pushFailures.inc(this.#common);
  }

  #histogram(
    spec: MetricSpec & { readonly buckets: readonly number[] },
    labels: readonly Label[] = [],
  ): Histogram {
    return new Histogram({
      name: spec.prometheusName,
      help: spec.help,
      buckets: [...spec.buckets],
      labelNames: [...COMMON_LABELS, ...labels],
      registers: [this.registry],
    });
  }

  #counter(spec: MetricSpec, labels: readonly Label[] = []): Counter {
    return new Counter({
      name: spec.prometheusName,
      help: spec.help,
      labelNames: [...COMMON_LABELS, ...labels],
      registers: [this.registry],
    });
  }
}

const COMMON_LABELS: readonly Label[] = [
  'gen_ai_operation_name',
  'gen_ai_provider_name',
  'gen_ai_request_model',
  'server_address',
  'server_port',
];

/** Of the conventions' closed lists; an engine behind an API of its own is not in them and goes by that API's name. */
function commonLabels({
  model,
  url,
  endpointType,
}: MeasuredEndpoint): Readonly<Partial<Record<Label, string>>> {
  const { hostname, port, protocol } = new URL(url);
  const openai = ['chat', 'completions', 'responses'].includes(endpointType);
  return {
    gen_ai_operation_name: endpointType === 'completions' ? 'text_completion' : 'chat',
    gen_ai_provider_name: openai ? 'openai' : endpointType === 'messages' ? 'anthropic' : endpointType,
    ...(model === undefined ? {} : { gen_ai_request_model: model }),
    server_address: hostname,
    server_port: port === '' ? (protocol === 'https:' ? '443' : '80') : port,
  };
}
