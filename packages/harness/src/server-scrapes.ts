import { messageOf } from '@fluidscope/errors';
import { readServerMetrics, type ServingEngine } from '@fluidscope/server-metrics';
import type { ServerSample } from '@fluidscope/trace-schema';
import { NS_PER_S, runNs, type RunNs } from '@fluidscope/units';
import { TextFetcher } from './fetch-text.js';
import type { CompanionTools, RunCompanion } from './run-companion.js';
import type { RunWarning } from './run-result.js';
import { callEvery, type Cancellation } from './timers.js';

export interface ServerScrapesOptions {
  /** The metrics page: `http://host:8000/metrics`. */
  readonly url: URL;
  readonly scrapesPerS: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 2_000;
const MAX_BYTES = 4 * 1_024 * 1_024;

/**
 * Records a serving engine's own metrics, in common names, as `server_samples`.
 *
 * A page shows the engine at some instant between the request and the answer: samples stand at the middle, and
 * `scrape_round_trip_ns` beside them is twice their uncertainty. Where a scrape failed, came late or was left out because the one before
 * was still under way, a loss says from when to when nothing was seen: no sample is not a sample of nothing.
 *
 * Rejects the start when the page cannot be read or is of no engine that is known: a run that should see the server and does not is found
 * out before the load, not after.
 */
export function createServerScrapes(options: ServerScrapesOptions): RunCompanion {
  return new ServerScrapes(options);
}

class ServerScrapes implements RunCompanion {
  readonly #options: ServerScrapesOptions;
  readonly #endpoint: string;
  readonly #fetcher: TextFetcher;
  #tools: CompanionTools | undefined;
  #ticker: Cancellation | undefined;
  #underWay: Promise<void> | undefined;
  #engine: ServingEngine | undefined;
  #lastSeenNs = runNs(0);
  #missing: { count: number; reason: string } | undefined;
  #missedCount = 0;
  #scrapedCount = 0;

  constructor(options: ServerScrapesOptions) {
    this.#options = options;
    this.#endpoint = options.url.href;
    this.#fetcher = new TextFetcher(options.url, {
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      ...(options.headers && { headers: options.headers }),
    });
  }

  async start(tools: CompanionTools): Promise<void> {
    this.#tools = tools;
    await this.#scrape(tools);
    if (this.#engine === undefined)
      throw new Error(
        `Expected a serving engine's metrics page at ${this.#endpoint} but received ${this.#missing?.reason ?? 'nothing'}`,
      );
    const { clock, timers } = tools;
    const schedule = {
      startNs: clock.nowNs(),
      periodNs: NS_PER_S / this.#options.scrapesPerS,
      nowNs: () => clock.nowNs(),
    };
    this.#ticker = callEvery(timers, schedule, () => this.#onTurn(tools));
  }

  async stop(): Promise<readonly RunWarning[]> {
    this.#ticker?.cancel();
    await this.#underWay;
    this.#fetcher.close();
    if (this.#tools !== undefined) this.#recordMissing(this.#tools, this.#tools.clock.nowNs());
    if (this.#missedCount === 0) return [];
    const message = `${this.#missedCount} of ${this.#missedCount + this.#scrapedCount} scrapes of ${this.#endpoint} gave nothing; the losses say when and why`;
    return [{ code: 'server_metrics_lost', message }];
  }

  #onTurn(tools: CompanionTools): void {
    if (this.#underWay !== undefined) {
      this.#miss('the scrape before was still under way');
      return;
    }
    this.#underWay = this.#scrape(tools).finally(() => (this.#underWay = undefined));
  }

  async #scrape(tools: CompanionTools): Promise<void> {
    const { clock } = tools;
    const askedNs = clock.nowNs();
    try {
      const text = await this.#fetcher.fetch();
      this.#record(text, tools, { askedNs, answeredNs: clock.nowNs() });
    } catch (thrown) {
      this.#miss(messageOf(thrown));
    }
  }

  #record(
    text: string,
    tools: CompanionTools,
    { askedNs, answeredNs }: Record<'askedNs' | 'answeredNs', RunNs>,
  ): void {
    const { engine, values } = readServerMetrics(text);
    if (engine === undefined) {
      this.#miss('a page without the name of a metric that is known');
      return;
    }
    const timeNs = runNs(Math.round((askedNs + answeredNs) / 2));
    const sample = (metric: string, value: number): ServerSample => ({
      endpoint: this.#endpoint,
      metric,
      timeNs,
      value,
    });
    const samples = [...values].map(([metric, value]) => sample(metric, value));
    tools.writer.appendServerSamples([...samples, sample('scrape_round_trip_ns', answeredNs - askedNs)]);
    this.#recordMissing(tools, timeNs);
    this.#lastSeenNs = timeNs;
    this.#scrapedCount += 1;
    if (this.#engine === engine) return;
    this.#engine = engine;
    const detail = { endpoint: this.#endpoint, engine, metrics: [...values.keys()] };
    tools.writer.appendEvents([{ source: this.#endpoint, kind: 'server_metrics_found', timeNs, detail }]);
  }

  #miss(reason: string): void {
    this.#missing = { count: (this.#missing?.count ?? 0) + 1, reason };
    this.#missedCount += 1;
  }

  /** What was missed since the last sample, as one loss with the latest reason. */
  #recordMissing({ writer }: CompanionTools, untilNs: RunNs): void {
    if (this.#missing === undefined) return;
    writer.appendLosses([
      { source: this.#endpoint, fromNs: this.#lastSeenNs, toNs: untilNs, ...this.#missing },
    ]);
    this.#missing = undefined;
  }
}
