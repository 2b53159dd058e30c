import type {
  CompletedIteration,
  EngineEvent,
  EngineNs,
  EngineStats,
  ScheduledIteration,
} from '@fluidscope/serving-sim';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Generation } from './generation.js';

const NS_PER_S = 1e9;
const ITERATION_TOKEN_BUCKETS = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];
const TTFT_BUCKETS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];
const GAP_BUCKETS = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];
const REQUEST_BUCKETS = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
];

/**
 * The metrics page, in the names, labels and buckets of vLLM's V1 engine (`vllm/v1/metrics/loggers.py`). Durations are the engine's own:
 * they leave out this server's handling of requests and sockets, as vLLM's do.
 */
export class EngineMetrics {
  private readonly registry = new Registry();
  private readonly promptTokens = this.counter(
    'vllm:prompt_tokens_total',
    'Number of prefill tokens processed.',
  );
  private readonly generationTokens = this.counter(
    'vllm:generation_tokens_total',
    'Number of generation tokens processed.',
  );
  private readonly finished = new Counter({
    name: 'vllm:request_success_total',
    help: 'Count of successfully processed requests.',
    labelNames: ['finished_reason'],
    registers: [this.registry],
  });
  private readonly iterationTokens = this.histogram(
    'vllm:iteration_tokens_total',
    'Histogram of number of tokens per engine_step.',
    ITERATION_TOKEN_BUCKETS,
  );
  private readonly ttft = this.histogram(
    'vllm:time_to_first_token_seconds',
    'Histogram of time to first token in seconds.',
    TTFT_BUCKETS,
  );
  private readonly interToken = this.histogram(
    'vllm:inter_token_latency_seconds',
    'Histogram of inter-token latency in seconds.',
    GAP_BUCKETS,
  );
  private readonly timePerOutputToken = this.histogram(
    'vllm:time_per_output_token_seconds',
    'Histogram of time per output token in seconds. The older name of vllm:inter_token_latency_seconds.',
    GAP_BUCKETS,
  );
  private readonly requestTimes = {
    e2e: this.histogram(
      'vllm:e2e_request_latency_seconds',
      'Histogram of e2e request latency in seconds.',
      REQUEST_BUCKETS,
    ),
    queue: this.histogram(
      'vllm:request_queue_time_seconds',
      'Histogram of time spent in WAITING phase for request.',
      REQUEST_BUCKETS,
    ),
    prefill: this.histogram(
      'vllm:request_prefill_time_seconds',
      'Histogram of time spent in PREFILL phase for request.',
      REQUEST_BUCKETS,
    ),
    decode: this.histogram(
      'vllm:request_decode_time_seconds',
      'Histogram of time spent in DECODE phase for request.',
      REQUEST_BUCKETS,
    ),
  };

  constructor(model: string, stats: () => EngineStats) {
    this.registry.setDefaultLabels({ model_name: model, engine: '0' });
    this.engineGauge(
      'vllm:num_requests_running',
      'Number of requests in model execution batches.',
      () => stats().runningCount,
    );
    this.engineGauge(
      'vllm:num_requests_waiting',
      'Number of requests waiting to be processed.',
      () => stats().waitingCount,
    );
    this.engineGauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', () => {
      const { kvUsedBlockCount, kvBlockCount } = stats();
      return kvBlockCount === 0 ? 0 : kvUsedBlockCount / kvBlockCount;
    });
    this.engineCounter(
      'vllm:num_preemptions_total',
      'Cumulative number of preemption from the engine.',
      () => stats().totalPreemptionCount,
    );
    this.engineCounter(
      'vllm:prefix_cache_queries_total',
      'Prefix cache queries, in terms of number of queried tokens.',
      () => stats().prefixQueryTokens,
    );
    this.engineCounter(
      'vllm:prefix_cache_hits_total',
      'Prefix cache hits, in terms of number of cached tokens.',
      () => stats().prefixHitTokens,
    );
    this.engineCounter(
      'vllm:nixl_xfer_time_seconds_sum',
      'Time that KV transfers took, in seconds.',
      () => stats().kvHeldNs / NS_PER_S,
    );
  }

  /** The page in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  observe(event: EngineEvent<Generation>): void {
    for (const { times } of event.iteration.admitted) times.admittedNs ??= event.iteration.startNs;
    if (event.kind === 'ended') this.observeTokens(event.iteration);
  }

  private observeTokens(iteration: CompletedIteration<Generation>): void {
    const prefillTokens = prefillTokensOf(iteration);
    this.promptTokens.inc(prefillTokens);
    this.generationTokens.inc(iteration.emissions.length);
    this.iterationTokens.observe(prefillTokens + iteration.decodes.length);
    for (const { request, isLast } of iteration.emissions) {
      this.observeToken(request, iteration.endNs);
      if (isLast) this.observeEnd(request, iteration.endNs);
    }
  }

  private observeToken({ times }: Generation, atNs: EngineNs): void {
    if (times.lastTokenNs === undefined) {
      times.firstTokenNs = atNs;
      this.ttft.observe((atNs - times.arrivedNs) / NS_PER_S);
    } else {
      const gapS = (atNs - times.lastTokenNs) / NS_PER_S;
      this.interToken.observe(gapS);
      this.timePerOutputToken.observe(gapS);
    }
    times.lastTokenNs = atNs;
  }

  private observeEnd({ times, options }: Generation, atNs: EngineNs): void {
    const admittedNs = times.admittedNs ?? times.arrivedNs;
    const firstTokenNs = times.firstTokenNs ?? atNs;
    this.finished.inc({ finished_reason: options.length.finishReason });
    this.requestTimes.e2e.observe((atNs - times.arrivedNs) / NS_PER_S);
    this.requestTimes.queue.observe((admittedNs - times.arrivedNs) / NS_PER_S);
    this.requestTimes.prefill.observe((firstTokenNs - admittedNs) / NS_PER_S);
    this.requestTimes.decode.observe((atNs - firstTokenNs) / NS_PER_S);
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }

  /** Read from the engine when the page is asked for. */
  private engineGauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  private engineCounter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
}

function prefillTokensOf(iteration: ScheduledIteration<Generation>): number {
  let tokens = 0;
  for (const { chunkTokens } of iteration.prefillChunks) tokens += chunkTokens;
  return tokens;
}
