import type { MetricSource, SampleLine, Telemetry, TokenStream } from '@fluidscope/diagnosis';
import type { Cause } from '@fluidscope/trace-schema';

/** A span of a run, and all that was seen of it. */
export interface Seen {
  readonly telemetry: Telemetry;
  readonly chunks: ChunkSummary;
  readonly tbtDeadlineNs: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** Of the chunks that came in a span. */
export interface ChunkSummary {
  readonly tokensPerChunk: number | undefined;
  readonly medianGapNs: number | undefined;
}

/** What an operator's dashboard shows of a cause, and from where on it would be called high. */
export interface Signal {
  readonly cause: Cause;
  readonly threshold: number;
  /** `undefined`: not measured. */
  read(seen: Seen): number | undefined;
}

/**
 * What the baselines go by: for each cause the one metric that is usually watched for it, most telling first. Causes without such a metric
 * (compilation, delayed acknowledgements, buffering proxies, large chunks, blocked writers) are out of a dashboard's reach.
 */
export const SIGNALS: readonly Signal[] = [
  gauge('client_lag', 'clients', 'event_loop_delay_max_ns', 50e6),
  rate('gpu_fault', 'gpus', ['xid_index', 'ecc_uncorrected_volatile_count'], 1e-9),
  rate('kv_preemption', 'servers', ['preemptions_count'], 1e-9),
  rate('power_brake', 'gpus', ['throttle_power_brake_ns'], 0.1),
  rate('thermal_slowdown', 'gpus', ['throttle_thermal_sw_ns', 'throttle_thermal_hw_ns'], 0.1),
  rate('power_cap', 'gpus', ['throttle_power_cap_ns'], 0.1),
  { cause: 'noisy_neighbor', threshold: 20, read: foreignSmPct },
  { cause: 'straggler_rank', threshold: 30, read: smSpreadPct },
  rate('vm_steal', 'hosts', ['cpu_steal_ns'], 0.3),
  rate('cpu_starvation', 'hosts', ['pressure_cpu_some_us'], 1e-4),
  rate('packet_loss', 'hosts', ['tcp_retransmits_count'], 1e-9),
  gauge('queueing', 'servers', 'requests_waiting_count', 1),
  { cause: 'spec_decode_drop', threshold: 0.6, read: rejectedRatio },
  { cause: 'stream_coalescing', threshold: 2, read: ({ chunks }) => chunks.tokensPerChunk },
  rate('prefill_interference', 'servers', ['prompt_tokens_count'], 4e-6),
  { cause: 'runtime_gc', threshold: 50, read: gpuIdlePct },
  gauge('batch_growth', 'servers', 'requests_running_count', 64),
  {
    cause: 'baseline_slower_than_deadline',
    threshold: 1,
    read: ({ chunks, tbtDeadlineNs }) =>
      chunks.medianGapNs === undefined ? undefined : chunks.medianGapNs / tbtDeadlineNs,
  },
];

/** What has to be read of a trace for them. */
export const SIGNAL_METRICS = {
  gpu: [
    'xid_index',
    'ecc_uncorrected_volatile_count',
    'throttle_power_brake_ns',
    'throttle_thermal_sw_ns',
    'throttle_thermal_hw_ns',
    'throttle_power_cap_ns',
    'process_sm_pct',
    'gpm_sm_pct',
    'utilization_gpu_pct',
  ],
  host: ['cpu_steal_ns', 'pressure_cpu_some_us', 'tcp_retransmits_count'],
} as const;

type Sources = 'gpus' | 'hosts' | 'clients' | 'servers';

/** Chunks of all streams by the time of their arrival, once for a run. */
export function summarizeChunks(streams: readonly TokenStream[], fromNs: number, toNs: number): ChunkSummary {
  const gapsNs: number[] = [];
  let [tokens, chunks] = [0, 0];
  for (const { timings } of streams) {
    const { arrivalsNs, tokenCounts } = timings;
    if ((arrivalsNs.at(-1) ?? 0) < fromNs || (arrivalsNs[0] ?? Infinity) >= toNs) continue;
    arrivalsNs.forEach((arrivalNs, index) => {
      if (arrivalNs < fromNs || arrivalNs >= toNs) return;
      tokens += tokenCounts[index] ?? 0;
      chunks += 1;
      if (index > 0) gapsNs.push(arrivalNs - (arrivalsNs[index - 1] ?? NaN));
    });
  }
  const sorted = Float64Array.from(gapsNs).sort();
  return {
    tokensPerChunk: chunks === 0 ? undefined : tokens / chunks,
    medianGapNs: sorted[sorted.length >> 1],
  };
}

function gauge(cause: Cause, sources: Sources, metric: string, threshold: number): Signal {
  return {
    cause,
    threshold,
    read: ({ telemetry, fromNs, toNs }) =>
      largest(telemetry[sources].map((source) => source.line(metric)?.maxOver(fromNs, toNs))),
  };
}

/** Growth for each ns, all metrics of a source together. */
function rate(cause: Cause, sources: Sources, metrics: readonly string[], threshold: number): Signal {
  return {
    cause,
    threshold,
    read: (seen) => largest(seen.telemetry[sources].map((source) => growthOf(source, metrics, seen))),
  };
}

function growthOf(source: MetricSource, metrics: readonly string[], seen: Seen): number | undefined {
  const rates = metrics.flatMap((metric) => ratePerNs(source.line(metric), seen) ?? []);
  return rates.length === 0 ? undefined : rates.reduce((sum, each) => sum + each, 0);
}

function ratePerNs(line: SampleLine | undefined, { fromNs, toNs }: Seen): number | undefined {
  const grown = line?.growthOver(fromNs, toNs);
  return grown === undefined ? undefined : grown.growth / (grown.toNs - grown.fromNs);
}

function foreignSmPct({ telemetry, fromNs, toNs }: Seen): number | undefined {
  const second = telemetry.gpus.flatMap((gpu) => {
    const means = [...gpu.linesOf('process_sm_pct').values()].flatMap(
      (line) => line.maxOver(fromNs, toNs) ?? [],
    );
    return means.sort((a, b) => b - a)[1] ?? [];
  });
  return largest(second);
}

function smSpreadPct({ telemetry, fromNs, toNs }: Seen): number | undefined {
  const means = telemetry.gpus.flatMap((gpu) => gpu.line('gpm_sm_pct')?.meanOver(fromNs, toNs) ?? []);
  return means.length < 2 ? undefined : Math.max(...means) - Math.min(...means);
}

function gpuIdlePct({ telemetry, fromNs, toNs }: Seen): number | undefined {
  return largest(
    telemetry.gpus.map((gpu) => {
      const least = gpu.line('utilization_gpu_pct')?.minOver(fromNs, toNs);
      return least === undefined ? undefined : 100 - least;
    }),
  );
}

function rejectedRatio(seen: Seen): number | undefined {
  return largest(
    seen.telemetry.servers.map((server) => {
      const drafted = ratePerNs(server.line('speculative_draft_tokens'), seen) ?? 0;
      const accepted = ratePerNs(server.line('speculative_accepted_tokens'), seen) ?? 0;
      return drafted === 0 ? undefined : 1 - accepted / drafted;
    }),
  );
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
