import { NS_PER_MS, NS_PER_S } from '@fluidscope/units';

/**
 * How the sampler comes by a metric, and so how often it can:
 * `fast` 100 Hz (1 kHz on request), `counters` 20 Hz, `gpm` 10 Hz, `gauges` 4 Hz, `buffered` (the driver's own sample ring, drained
 * every 2 s), `links` 1 Hz, `processes` 1 Hz, `inventory` 0.1 Hz, `events` when they happen.
 */
export const GPU_TIERS = [
  'fast',
  'counters',
  'gpm',
  'gauges',
  'buffered',
  'links',
  'processes',
  'inventory',
  'events',
] as const;

export type GpuTier = (typeof GPU_TIERS)[number];

/**
 * `gauge`: a level at an instant, or a mean over `averagingWindowNs`. `counter`: only grows within an epoch; a decrease starts a new
 * one. `bitmask`: an unsigned set of bits. `event`: something that happened once, at its time.
 */
export type GpuMetricKind = 'gauge' | 'counter' | 'bitmask' | 'event';

export type GpuMetricUnit =
  'MHz' | 'mW' | 'mJ' | 'bytes' | 'KiB' | 'MiB/s' | '°C' | '%' | 'ns' | 'count' | 'index' | 'mask';

/** What the `sub_id` of a sample names: nothing, an NVLink (its number + 1), a process (its pid). */
export type GpuMetricScope = 'gpu' | 'link' | 'process';

export interface GpuMetric {
  /** What stands in a sample record: 1 to 65535, never reused for another meaning. */
  readonly id: number;
  /** snake_case with its unit: the name in the trace. */
  readonly name: string;
  readonly unit: GpuMetricUnit;
  readonly kind: GpuMetricKind;
  readonly tier: GpuTier;
  readonly scope: GpuMetricScope;
  /**
   * The span that one value is the mean of, where it is the same on every board; a value read at t is then centred at t minus half of
   * it. Where boards differ (instant power: 25 ms on H100, 100 ms on Ada) it is absent here.
   */
  readonly averagingWindowNs?: number;
}

type Extra = Pick<GpuMetric, 'averagingWindowNs'> & { readonly scope?: GpuMetricScope };

function metric(
  id: number,
  name: string,
  [unit, kind, tier]: readonly [GpuMetricUnit, GpuMetricKind, GpuTier],
  { scope = 'gpu', ...extra }: Extra = {},
): GpuMetric {
  return { id, name, unit, kind, tier, scope, ...extra };
}

const PERCENT_OF_GPM = ['%', 'gauge', 'gpm'] as const;
const RATE_OF_GPM = ['MiB/s', 'gauge', 'gpm'] as const;
/** GPM gives means between two readings, which the sampler takes at least this far apart; each record carries both ends. */
const GPM_WINDOW = { averagingWindowNs: 100 * NS_PER_MS };
const PER_LINK = { scope: 'link' } as const;
const PER_PROCESS = { scope: 'process' } as const;

/**
 * Every quantity that a GPU sample can hold. Closed: the sampler, the link, the trace and the diagnosis all take names and ids from
 * here; `native/nvml-sampler/src/core/metric.h` repeats the ids and a test compares the two.
 *
 * A metric whose sensor a GPU does not have never appears for it. Memory and GPM may be given for a MIG instance: `sub_id` is then
 * the GPU instance's id + 1.
 */
export const GPU_METRICS: readonly GpuMetric[] = [
  metric(1, 'sm_clock_mhz', ['MHz', 'gauge', 'fast']),
  metric(2, 'memory_clock_mhz', ['MHz', 'gauge', 'fast']),
  metric(3, 'clocks_event_reasons_mask', ['mask', 'bitmask', 'fast']),
  metric(4, 'performance_state_index', ['index', 'gauge', 'fast']),
  metric(5, 'power_instant_mw', ['mW', 'gauge', 'fast']),

  metric(10, 'energy_mj', ['mJ', 'counter', 'counters']),
  metric(11, 'throttle_power_cap_ns', ['ns', 'counter', 'counters']),
  metric(12, 'throttle_sync_boost_ns', ['ns', 'counter', 'counters']),
  metric(13, 'throttle_thermal_sw_ns', ['ns', 'counter', 'counters']),
  metric(14, 'throttle_thermal_hw_ns', ['ns', 'counter', 'counters']),
  metric(15, 'throttle_power_brake_ns', ['ns', 'counter', 'counters']),
  metric(16, 'pcie_tx_bytes', ['bytes', 'counter', 'counters']),
  metric(17, 'pcie_rx_bytes', ['bytes', 'counter', 'counters']),
  metric(18, 'nvlink_tx_kib', ['KiB', 'counter', 'counters']),
  metric(19, 'nvlink_rx_kib', ['KiB', 'counter', 'counters']),
  metric(20, 'memory_used_bytes', ['bytes', 'gauge', 'counters']),
  metric(21, 'memory_free_bytes', ['bytes', 'gauge', 'counters']),
  metric(22, 'memory_reserved_bytes', ['bytes', 'gauge', 'counters']),
  metric(23, 'memory_total_bytes', ['bytes', 'gauge', 'counters']),
  metric(24, 'power_average_mw', ['mW', 'gauge', 'counters'], { averagingWindowNs: NS_PER_S }),

  metric(30, 'utilization_gpu_pct', ['%', 'gauge', 'gauges']),
  metric(31, 'utilization_memory_pct', ['%', 'gauge', 'gauges']),
  metric(32, 'temperature_gpu_celsius', ['°C', 'gauge', 'gauges']),
  metric(33, 'temperature_memory_celsius', ['°C', 'gauge', 'gauges']),
  metric(34, 'power_limit_mw', ['mW', 'gauge', 'gauges']),

  metric(40, 'power_buffered_mw', ['mW', 'gauge', 'buffered']),
  metric(41, 'utilization_gpu_buffered_pct', ['%', 'gauge', 'buffered']),
  metric(42, 'utilization_memory_buffered_pct', ['%', 'gauge', 'buffered']),

  metric(50, 'gpm_graphics_pct', PERCENT_OF_GPM, GPM_WINDOW),
  metric(51, 'gpm_sm_pct', PERCENT_OF_GPM, GPM_WINDOW),
  metric(52, 'gpm_sm_occupancy_pct', PERCENT_OF_GPM, GPM_WINDOW),
  metric(53, 'gpm_tensor_pct', PERCENT_OF_GPM, GPM_WINDOW),
  metric(54, 'gpm_dram_pct', PERCENT_OF_GPM, GPM_WINDOW),
  metric(55, 'gpm_pcie_tx_mib_per_s', RATE_OF_GPM, GPM_WINDOW),
  metric(56, 'gpm_pcie_rx_mib_per_s', RATE_OF_GPM, GPM_WINDOW),
  metric(57, 'gpm_nvlink_rx_mib_per_s', RATE_OF_GPM, GPM_WINDOW),
  metric(58, 'gpm_nvlink_tx_mib_per_s', RATE_OF_GPM, GPM_WINDOW),

  metric(60, 'pcie_link_generation_index', ['index', 'gauge', 'links']),
  metric(61, 'pcie_link_width_count', ['count', 'gauge', 'links']),
  metric(62, 'fan_speed_pct', ['%', 'gauge', 'links']),
  metric(63, 'nvlink_crc_errors_count', ['count', 'counter', 'links'], PER_LINK),
  metric(64, 'nvlink_replay_errors_count', ['count', 'counter', 'links'], PER_LINK),
  metric(65, 'nvlink_recovery_errors_count', ['count', 'counter', 'links'], PER_LINK),

  metric(70, 'process_sm_pct', ['%', 'gauge', 'processes'], PER_PROCESS),
  metric(71, 'process_memory_pct', ['%', 'gauge', 'processes'], PER_PROCESS),
  metric(72, 'process_encoder_pct', ['%', 'gauge', 'processes'], PER_PROCESS),
  metric(73, 'process_decoder_pct', ['%', 'gauge', 'processes'], PER_PROCESS),
  metric(74, 'process_memory_used_bytes', ['bytes', 'gauge', 'inventory'], PER_PROCESS),
  metric(75, 'process_count', ['count', 'gauge', 'inventory']),

  metric(80, 'pcie_replay_count', ['count', 'counter', 'inventory']),
  metric(81, 'ecc_corrected_count', ['count', 'counter', 'inventory']),
  metric(82, 'ecc_uncorrected_count', ['count', 'counter', 'inventory']),
  metric(83, 'remapped_rows_corrected_count', ['count', 'counter', 'inventory']),
  metric(84, 'remapped_rows_uncorrected_count', ['count', 'counter', 'inventory']),
  metric(85, 'remapped_rows_pending_count', ['count', 'gauge', 'inventory']),
  metric(86, 'remapped_rows_failed_count', ['count', 'gauge', 'inventory']),

  metric(90, 'xid_index', ['index', 'event', 'events']),
];

const BY_ID: ReadonlyMap<number, GpuMetric> = new Map(GPU_METRICS.map((each) => [each.id, each]));
const BY_NAME: ReadonlyMap<string, GpuMetric> = new Map(GPU_METRICS.map((each) => [each.name, each]));

/** The metric of an id in a sample record, or `undefined` for one that a newer agent may know. */
export function gpuMetricById(id: number): GpuMetric | undefined {
  return BY_ID.get(id);
}

/** The metric of a name in the trace, or `undefined`. */
export function gpuMetricByName(name: string): GpuMetric | undefined {
  return BY_NAME.get(name);
}
