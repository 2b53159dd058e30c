import type { LiveServerFigures } from './live-messages.js';
import { SeriesTail } from './series-tail.js';

export interface LiveServerSample {
  readonly endpoint: string;
  readonly metric: string;
  readonly timeNs: number;
  readonly value: number;
}

const METRICS = ['requests_running_count', 'requests_waiting_count', 'kv_cache_usage_ratio'] as const;
type Metric = (typeof METRICS)[number];

/** Pages that a run scrapes are named one by one on its command line. */
const MAX_ENDPOINTS_COUNT = 64;

/** What serving engines said of themselves last: requests added up over the pages, the fullest cache. */
export class ServerFigures {
  readonly #endpoints = new Map<string, Record<Metric, SeriesTail>>();

  add(rows: readonly LiveServerSample[]): void {
    for (const { endpoint, metric, timeNs, value } of rows) {
      if (isShown(metric)) this.#seriesOf(endpoint)?.[metric].add(timeNs, value);
    }
  }

  /** `undefined` where no page gave one of them. */
  at(timeNs: number): LiveServerFigures | undefined {
    const found = [...this.#endpoints.values()];
    const readings = METRICS.map((metric) => found.flatMap((series) => series[metric].at(timeNs) ?? []));
    const all = readings.flat();
    if (all.length === 0) return undefined;
    const [running = [], waiting = [], cache = []] = readings.map((each) => each.map(({ value }) => value));
    return {
      running_count: running.length === 0 ? null : sum(running),
      waiting_count: waiting.length === 0 ? null : sum(waiting),
      kv_cache_usage_ratio: cache.length === 0 ? null : Math.max(...cache),
      age_ns: timeNs - Math.min(...all.map((reading) => reading.timeNs)),
    };
  }

  #seriesOf(endpoint: string): Record<Metric, SeriesTail> | undefined {
    const known = this.#endpoints.get(endpoint);
    if (known !== undefined || this.#endpoints.size >= MAX_ENDPOINTS_COUNT) return known;
    const made = {
      requests_running_count: new SeriesTail(),
      requests_waiting_count: new SeriesTail(),
      kv_cache_usage_ratio: new SeriesTail(),
    };
    this.#endpoints.set(endpoint, made);
    return made;
  }
}

function isShown(metric: string): metric is Metric {
  return (METRICS as readonly string[]).includes(metric);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
