import { observedWriter, OtlpPush, RunMetrics, serveMetrics } from '@fluidscope/run-metrics';
import type { RunStart, TraceWriter } from '@fluidscope/trace-schema';
import type { Command } from 'commander';
import type { CliContext } from '../cli-context.js';
import type { FlagReader } from '../flag-reader.js';
import { VERSION } from '../version.js';
import type { EndpointConfig } from './endpoint-flags.js';

export interface PublishedMetricsFlags {
  readonly metricsListen?: string;
  readonly otlpEndpoint?: string;
}

/** Where a run's metrics go while it goes; nowhere without either. */
export interface PublishedMetricsConfig {
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly otlp:
    { readonly endpoint: string; readonly headers: Readonly<Record<string, string>> } | undefined;
}

export function addPublishedMetricsFlags(command: Command): void {
  command
    .option(
      '--metrics-listen <address:port>',
      'serve the metrics of the run to Prometheus at /metrics while it goes; a loopback address, port 0 for any free one',
    )
    .option(
      '--otlp-endpoint <url>',
      'push them every 10 s by OTLP over HTTP, such as http://localhost:4318 (headers: env OTEL_EXPORTER_OTLP_HEADERS)',
    );
}

export function readPublishedMetrics(
  reader: FlagReader,
  { metricsListen, otlpEndpoint }: PublishedMetricsFlags,
  env: CliContext['env'],
): PublishedMetricsConfig {
  const endpoint = reader.parsed('--otlp-endpoint', otlpEndpoint, parseHttpUrl);
  return {
    listen: reader.parsed('--metrics-listen', metricsListen, parseLoopback),
    otlp:
      endpoint === undefined
        ? undefined
        : { endpoint, headers: parseHeaders(env['OTEL_EXPORTER_OTLP_HEADERS'] ?? '') },
  };
}

function parseHttpUrl(text: string): string | { readonly problem: string } {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href;
  return { problem: `expected the http(s) address of a collector but received ${JSON.stringify(text)}` };
}

/** The page has no token and no TLS: it is for this machine alone. */
function parseLoopback(text: string): { host: string; port: number } | { readonly problem: string } {
  const [, host = '', port = ''] = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\]):(\d{1,5})$/.exec(text) ?? [];
  if (host !== '' && Number(port) <= 65_535) return { host: host.replace(/[[\]]/g, ''), port: Number(port) };
  return {
    problem: `expected a loopback address and a port, such as 127.0.0.1:9464, but received ${JSON.stringify(text)}`,
  };
}

/** `name=value,name=value`, the values percent-encoded, as OpenTelemetry has it. */
function parseHeaders(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').flatMap((pair) => {
    const [name = '', ...value] = pair.split('=');
    return name.trim() === '' ? [] : [[name.trim(), decoded(value.join('=').trim())] as const];
  });
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface PublishedMetrics {
  /** The writer that the run is to write to. */
  readonly observed: (writer: TraceWriter) => TraceWriter;
  readonly stop: () => Promise<void>;
}

/** Begins to publish; throws a `UsageError` where the address cannot be listened on. What fails later fails no run. */
export async function publishMetrics(
  { listen, otlp }: PublishedMetricsConfig,
  {
    endpoint,
    start,
    tell,
  }: {
    readonly endpoint: EndpointConfig;
    readonly start: RunStart;
    readonly tell: (text: string) => void;
  },
): Promise<PublishedMetrics> {
  if (listen === undefined && otlp === undefined)
    return { observed: (writer) => writer, stop: () => Promise.resolve() };
  const metrics = new RunMetrics(endpoint);
  const page = listen === undefined ? undefined : await serveMetrics(metrics, listen);
  if (page !== undefined) tell(`note: metrics of this run at ${page.url}`);
  const push =
    otlp === undefined
      ? undefined
      : new OtlpPush(metrics, {
          ...otlp,
          resource: { runId: start.runId, version: VERSION, startedWallNs: start.startedWallNs },
          nowWallNs: () => BigInt(Date.now()) * 1_000_000n,
          onFailure: (message) => tell(`warning: ${message}`),
        });
  return {
    observed: (writer) => observedWriter(writer, metrics),
    stop: async () => {
      await push?.stop();
      await page?.close();
    },
  };
}
