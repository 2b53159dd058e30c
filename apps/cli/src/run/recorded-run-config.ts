import type { ChosenStampSource } from '@fluidscope/harness';
import type { Json } from '@fluidscope/trace-schema';
import type { EndpointConfig } from './endpoint-flags.js';
import type { LoadedDataset, RunConfig } from './run-config.js';

const SECRET_NAME = /auth|api[_-]?key|secret|password|credential|cookie|token$|^key$/i;
const REDACTED = '[redacted]';

/**
 * The configuration as the trace keeps it: enough to run it again, and no secret. Whatever is named like a secret, in
 * headers, body or address, is kept by name alone.
 */
export function recordedRunConfig(config: RunConfig, stamping: ChosenStampSource): Json {
  const { settings, workload, dataset, tokenCounter } = config;
  return asJson({
    ...recordedEndpoint(config.endpoint),
    ttft_deadline_ns: settings.deadlines.ttftDeadlineNs,
    tbt_deadline_ns: settings.deadlines.tbtDeadlineNs,
    duration_ns: settings.durationNs,
    drain_limit_ns: settings.drainLimitNs,
    max_in_flight_count: settings.maxInFlightCount,
    ignore_eos: settings.ignoreEos,
    workers_count: config.workersCount,
    stamp_source: { asked: stamping.asked, used: stamping.source },
    goodput: config.goodputText,
    prefill_profile: config.prefillProfile,
    prices: config.prices,
    rate_limit_pacing: settings.rateLimitPacing,
    server_metrics: config.serverMetricsUrls.map(({ href }) => redactQuery(href)),
    agents: config.agents.urls.map(redactQuery),
    topology: recordedTopology(config),
    launched_engine: config.launchedEngine,
    workload,
    dataset: dataset === undefined ? undefined : recordedDataset(dataset),
    prompt_token_counter: { source: tokenCounter.source, description: tokenCounter.description },
  });
}

/** By what the agents' own descriptions say later which GPUs these are. */
function recordedTopology({ replicas }: RunConfig): readonly Record<string, unknown>[] | undefined {
  return replicas.length === 0
    ? undefined
    : replicas.map(({ agentUrl, gpus }, replica) => ({
        replica,
        agent_url: redactQuery(agentUrl),
        gpus,
        tensor_parallel_size: gpus.length,
        serves: true,
      }));
}

function recordedDataset({ source, rows, skippedCount }: LoadedDataset): Record<string, unknown> {
  return { ...source, rows_count: rows.length, skipped_count: skippedCount };
}

function recordedEndpoint(endpoint: EndpointConfig): Record<string, unknown> {
  const { timeouts } = endpoint;
  return {
    url: redactQuery(endpoint.url),
    endpoint_type: endpoint.endpointType,
    model: endpoint.model,
    headers: endpoint.headers,
    extra_body: endpoint.extraBody,
    tls: { ca_path: endpoint.caPath, insecure: endpoint.insecure },
    proxy: endpoint.proxyUrl === undefined ? undefined : new URL(endpoint.proxyUrl).host,
    keep_alive: endpoint.keepsAlive,
    connect_timeout_ns: timeouts.connectTimeoutNs,
    first_byte_timeout_ns: timeouts.firstByteTimeoutNs,
    idle_timeout_ns: timeouts.idleTimeoutNs,
    total_timeout_ns: timeouts.totalTimeoutNs,
  };
}

function redactQuery(address: string): string {
  const url = new URL(address);
  for (const name of [...url.searchParams.keys()]) {
    if (SECRET_NAME.test(name)) url.searchParams.set(name, REDACTED);
  }
  return url.search === '' ? address : url.href;
}

/** Plain data: what is absent is absent, what is secret is redacted at any depth. */
function asJson(value: unknown): Json {
  const text = JSON.stringify(value, (name, field: unknown) =>
    SECRET_NAME.test(name) && field !== undefined ? REDACTED : field,
  );
  return JSON.parse(text) as Json;
}
