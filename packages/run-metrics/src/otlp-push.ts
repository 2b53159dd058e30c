import { messageOf } from '@fluidscope/errors';
import { otlpRequest, type OtlpResource } from './otlp-request.js';
import type { RunMetrics } from './run-metrics.js';

export interface OtlpPushOptions {
  /** Where the collector listens, `http://host:4318`; with a path, that is what is posted to. */
  readonly endpoint: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly resource: OtlpResource;
  readonly nowWallNs: () => bigint;
  /** Told once, at the first push that fails. */
  readonly onFailure: (message: string) => void;
  readonly intervalMs?: number;
  /** How long one push may take. */
  readonly timeoutMs?: number;
}

const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 5_000;

/**
 * Pushes a run's metrics by OTLP over HTTP until it is stopped, one push at a time: while one is under way the next is left out, for its values
 * are in the one after. A collector that does not answer fails no run: that is told once, counted, and tried again.
 */
export class OtlpPush {
  readonly #metrics: RunMetrics;
  readonly #options: OtlpPushOptions;
  readonly #url: string;
  readonly #timer: NodeJS.Timeout;
  #underWay: Promise<void> | undefined;
  #hasFailed = false;

  constructor(metrics: RunMetrics, options: OtlpPushOptions) {
    this.#metrics = metrics;
    this.#options = options;
    this.#url = metricsUrl(options.endpoint);
    this.#timer = setInterval(() => this.#next(), options.intervalMs ?? INTERVAL_MS);
    this.#timer.unref();
  }

  /** Pushes what the run ended with, and resolves when that is done or given up. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
    await this.#push();
  }

  #next(): void {
    this.#underWay ??= this.#push().finally(() => (this.#underWay = undefined));
  }

  async #push(): Promise<void> {
    const { resource, nowWallNs, headers, onFailure, timeoutMs = TIMEOUT_MS } = this.#options;
    try {
      const body = await otlpRequest(this.#metrics.registry, resource, nowWallNs());
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`it answered ${response.status} ${text.slice(0, 200)}`.trim());
    } catch (thrown) {
      this.#metrics.addPushFailure();
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      onFailure(`the metrics could not be pushed to ${this.#url}: ${reasonOf(thrown)}; the run goes on`);
    }
  }
}

/** `fetch` hides the reason in its cause. */
function reasonOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause !== undefined ? messageOf(thrown.cause) : messageOf(thrown);
}

/** As OpenTelemetry's `OTEL_EXPORTER_OTLP_ENDPOINT` is read: a base address gets the path of metrics. */
function metricsUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (!url.pathname.endsWith('/v1/metrics')) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/metrics`;
  return url.href;
}
