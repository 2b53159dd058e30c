import { keyedDraw } from '@fluidscope/serving-sim';
import type { ServerMetric } from '@fluidscope/server-metrics';
import type { ServerSample, TraceWriter } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import type { Replica } from '../replica.js';
import { TICK_NS, type VirtualRun } from '../virtual-run.js';

const NS_PER_S = 1e9;
const ROUND_TRIP_NS = 900_000;
const JITTER_NS = 600_000;

export function metricsUrlOf(replicaIndex: number): string {
  return `http://replica-${replicaIndex}.sim:8000/metrics`;
}

/** Each replica's metrics page in common names, as a real run's scrapes record a vLLM's. */
export class ServerScrapes {
  private readonly everyTicks: number;

  constructor(
    private readonly run: VirtualRun,
    private readonly writer: TraceWriter,
    scrapesPerS: number,
  ) {
    this.everyTicks = Math.max(1, Math.round(NS_PER_S / scrapesPerS / TICK_NS));
  }

  tick(atNs: number): void {
    const tickIndex = Math.round(atNs / TICK_NS);
    for (const replica of this.run.replicas) {
      if ((tickIndex + 3 * replica.replicaIndex) % this.everyTicks !== 0) continue;
      this.scrape(replica, atNs, tickIndex);
    }
  }

  begin(): void {
    for (const replica of this.run.replicas) {
      const source = metricsUrlOf(replica.replicaIndex);
      const metrics = Object.keys(valuesOf(replica));
      this.writer.appendEvents([
        {
          source,
          kind: 'server_metrics_found',
          timeNs: runNs(0),
          detail: { endpoint: source, engine: 'vllm', metrics },
        },
      ]);
    }
  }

  /** The page shows the engine at `atNs`; the sample stands at the middle of the exchange, which may lie a little beside. */
  private scrape(replica: Replica, atNs: number, tickIndex: number): void {
    const draw = keyedDraw(this.run.seed, 7_001 + replica.replicaIndex, tickIndex);
    const roundTripNs = Math.round(ROUND_TRIP_NS + draw * JITTER_NS);
    const timeNs = runNs(atNs + Math.round((draw - 0.5) * 0.5 * roundTripNs) + ROUND_TRIP_NS);
    const endpoint = metricsUrlOf(replica.replicaIndex);
    const samples: ServerSample[] = Object.entries(valuesOf(replica)).map(([metric, value]) => ({
      endpoint,
      metric,
      timeNs,
      value,
    }));
    samples.push({ endpoint, metric: 'scrape_round_trip_ns', timeNs, value: roundTripNs });
    this.writer.appendServerSamples(samples);
  }
}

function valuesOf({ engine, counts }: Replica): Partial<Record<ServerMetric, number>> {
  const stats = engine.stats();
  return {
    requests_running_count: stats.runningCount,
    requests_waiting_count: stats.waitingCount,
    kv_cache_usage_ratio: stats.kvBlockCount === 0 ? 0 : stats.kvUsedBlockCount / stats.kvBlockCount,
    preemptions_count: stats.totalPreemptionCount,
    prompt_tokens_count: counts.promptTokens,
    generation_tokens_count: counts.generationTokens,
    prefix_cache_query_tokens: stats.prefixQueryTokens,
    prefix_cache_hit_tokens: stats.prefixHitTokens,
    grammar_compile_time_s: stats.schemaHeldNs / NS_PER_S,
    kv_transfer_time_s: stats.kvHeldNs / NS_PER_S,
    iterations_count: counts.iterationsCount,
    iteration_tokens_count: counts.iterationTokens,
    queue_time_s: counts.queueTimeNs / NS_PER_S,
    queue_time_requests_count: counts.queuedRequestsCount,
    ...(stats.draftedTokens === 0
      ? {}
      : {
          speculative_draft_tokens: stats.draftedTokens,
          speculative_accepted_tokens: stats.acceptedTokens,
        }),
  };
}
