/** One metric under its two names: OpenTelemetry's, and Prometheus' of the same, with the unit at its end. */
export interface MetricSpec {
  readonly otelName: string;
  readonly prometheusName: string;
  /** In UCUM, as OpenTelemetry has it. */
  readonly unit: string;
  readonly help: string;
}

/** Upper bounds, as the conventions advise for the metric. */
type Histogram = MetricSpec & { readonly buckets: readonly number[] };

const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/** Named by the GenAI semantic conventions. The two of `gen_ai.server` are here as the client saw them. */
export const OPERATION_DURATION: Histogram = {
  otelName: 'gen_ai.client.operation.duration',
  prometheusName: 'gen_ai_client_operation_duration_seconds',
  unit: 's',
  help: 'From the intended send of a request to its last token, or to its failure.',
  buckets: DURATION_BUCKETS,
};

export const TIME_TO_FIRST_TOKEN: Histogram = {
  otelName: 'gen_ai.server.time_to_first_token',
  prometheusName: 'gen_ai_server_time_to_first_token_seconds',
  unit: 's',
  help: 'From the intended send of a request to its first token, as the client saw it.',
  buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
};

export const TIME_PER_OUTPUT_TOKEN: Histogram = {
  otelName: 'gen_ai.server.time_per_output_token',
  prometheusName: 'gen_ai_server_time_per_output_token_seconds',
  unit: 's',
  help: 'Mean time per output token after the first, one value a request, as the client saw it.',
  buckets: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
};

export const TOKEN_USAGE: Histogram = {
  otelName: 'gen_ai.client.token.usage',
  prometheusName: 'gen_ai_client_token_usage_tokens',
  unit: '{token}',
  help: 'Tokens of a request that ended well.',
  buckets: [
    1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
  ],
};

export const SEND_LATENESS: Histogram = {
  otelName: 'fluidscope.send.lateness',
  prometheusName: 'fluidscope_send_lateness_seconds',
  unit: 's',
  help: 'Actual minus intended send.',
  buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
};

export const REQUESTS: MetricSpec = {
  otelName: 'fluidscope.requests',
  prometheusName: 'fluidscope_requests_total',
  unit: '{request}',
  help: 'Measured requests that ended, by how.',
};

export const REQUESTS_IN_FLIGHT: MetricSpec = {
  otelName: 'fluidscope.requests.in_flight',
  prometheusName: 'fluidscope_requests_in_flight_count',
  unit: '{request}',
  help: 'Requests that were sent and have not ended, warm-up included.',
};

export const DEADLINES: MetricSpec = {
  otelName: 'fluidscope.deadlines',
  prometheusName: 'fluidscope_deadlines_total',
  unit: '{deadline}',
  help: 'Token deadlines of measured requests that ended well.',
};

export const DEADLINES_MISSED: MetricSpec = {
  otelName: 'fluidscope.deadlines.missed',
  prometheusName: 'fluidscope_deadlines_missed_total',
  unit: '{deadline}',
  help: 'Those of them that passed before their token came; the fluidity-index is 1 less their share.',
};

export const LOST: MetricSpec = {
  otelName: 'fluidscope.losses',
  prometheusName: 'fluidscope_losses_total',
  unit: '{loss}',
  help: 'Losses recorded in the trace: stretches in which something was not measured.',
};

export const PUSH_FAILURES: MetricSpec = {
  otelName: 'fluidscope.otlp.push.failures',
  prometheusName: 'fluidscope_otlp_push_failures_total',
  unit: '{push}',
  help: 'Pushes that the OTLP endpoint did not take.',
};

export const ALL_METRICS: readonly MetricSpec[] = [
  OPERATION_DURATION,
  TIME_TO_FIRST_TOKEN,
  TIME_PER_OUTPUT_TOKEN,
  TOKEN_USAGE,
  SEND_LATENESS,
  REQUESTS,
  REQUESTS_IN_FLIGHT,
  DEADLINES,
  DEADLINES_MISSED,
  LOST,
  PUSH_FAILURES,
];

/** Labels by OpenTelemetry's names of the same. Closed, and so are their values: one model, one server, a few statuses and error codes. */
export const ATTRIBUTES = {
  gen_ai_operation_name: 'gen_ai.operation.name',
  gen_ai_provider_name: 'gen_ai.provider.name',
  gen_ai_request_model: 'gen_ai.request.model',
  gen_ai_token_type: 'gen_ai.token.type',
  server_address: 'server.address',
  server_port: 'server.port',
  error_type: 'error.type',
  status: 'fluidscope.status',
} as const;

export type Label = keyof typeof ATTRIBUTES;
