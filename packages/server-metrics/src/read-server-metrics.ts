import { ENGINE_NAMES, type EngineName } from './engine-names.js';
import { parsePrometheusText, type PrometheusSample } from './prometheus-text.js';
import type { ServerMetric, ServingEngine } from './server-metric.js';

export interface ServerMetricsReading {
  /** `undefined`: no name of a known engine stands on the page. */
  readonly engine: ServingEngine | undefined;
  /** What the engine gives; a metric that it does not give is absent. */
  readonly values: ReadonlyMap<ServerMetric, number>;
  /** Lines of the page that could not be read. */
  readonly unreadableCount: number;
}

/** A share or a mean says nothing when added up. */
const NOT_ADDITIVE: ReadonlySet<ServerMetric> = new Set<ServerMetric>([
  'kv_cache_usage_ratio',
  'prefix_cache_hit_ratio',
  'speculative_accepted_tokens_mean',
]);

/**
 * A serving engine's metrics page in common names. Several lines of one metric (models, data-parallel ranks) are added up; of shares the
 * largest counts, for the fullest cache is the one that preempts. Values that are no finite number are absent. Never throws.
 */
export function readServerMetrics(text: string): ServerMetricsReading {
  const { samples, unreadableCount } = parsePrometheusText(text);
  const finite = samples.filter(({ value }) => Number.isFinite(value));
  const values = new Map<ServerMetric, number>();
  let engine: ServingEngine | undefined;
  for (const known of ENGINE_NAMES) {
    const lines = finite.filter((line) => line.name === known.name && hasLabels(line, known));
    if (lines.length === 0 || (engine ?? known.engine) !== known.engine) continue;
    engine = known.engine;
    if (!values.has(known.metric)) values.set(known.metric, pooled(lines, known.metric));
  }
  return { engine, values, unreadableCount };
}

function hasLabels(line: PrometheusSample, { labels = {} }: EngineName): boolean {
  return Object.entries(labels).every(([name, value]) => line.labels[name] === value);
}

function pooled(lines: readonly PrometheusSample[], metric: ServerMetric): number {
  const values = lines.map(({ value }) => value);
  return NOT_ADDITIVE.has(metric) ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
}
