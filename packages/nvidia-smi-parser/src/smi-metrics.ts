import type { SmiUnit } from './quantity.js';

/** Where nvidia-smi prints a metric. */
export interface SmiMetric {
  /** The name that NVML's own samples of the same quantity have in a trace. */
  readonly metric: string;
  readonly unit: SmiUnit;
  /** The unit of the bare number where neither value nor header names one; empty when the number has none. */
  readonly printedUnit: string;
  /** Fields of `--query-gpu`, first the one to ask for; the others are older or shorter names of it. */
  readonly queryFields: readonly string[];
  /** Elements below `<gpu>`; several are names from several schemas, the first one present counts. */
  readonly xmlPaths: readonly string[];
  /** Columns of dmon. */
  readonly dmonColumns: readonly string[];
}

type Places = Partial<Pick<SmiMetric, 'queryFields' | 'xmlPaths' | 'dmonColumns'>>;

function metric(name: string, [unit, printedUnit]: readonly [SmiUnit, string], places: Places): SmiMetric {
  return { metric: name, unit, printedUnit, queryFields: [], xmlPaths: [], dmonColumns: [], ...places };
}

const CLOCK = ['MHz', 'MHz'] as const;
const POWER = ['mW', 'W'] as const;
const MEMORY = ['bytes', 'MiB'] as const;
const SHARE = ['%', '%'] as const;
const HEAT = ['°C', 'C'] as const;
const COUNT = ['count', ''] as const;
const INDEX = ['index', ''] as const;

function throttled(name: string, reason: string): SmiMetric {
  return metric(name, ['ns', 'us'], {
    queryFields: [`clocks_event_reasons_counters.${reason}`],
    xmlPaths: [
      `clocks_event_reasons_counters/clocks_event_reasons_counters_${reason}`,
      `clocks_event_reasons_counters/${reason}`,
    ],
  });
}

/**
 * What nvidia-smi prints of the quantities that NVML gives; a test compares names and units with the trace's own table.
 *
 * `power.draw` is not here: it is a mean over a second on most boards since Ampere and nearly instant on others, and the text does not
 * say which, so it belongs to neither power metric. It is among a record's `otherFields`.
 */
export const SMI_METRICS: readonly SmiMetric[] = [
  metric('sm_clock_mhz', CLOCK, {
    queryFields: ['clocks.current.sm', 'clocks.sm'],
    xmlPaths: ['clocks/sm_clock'],
    dmonColumns: ['pclk'],
  }),
  metric('memory_clock_mhz', CLOCK, {
    queryFields: ['clocks.current.memory', 'clocks.mem'],
    xmlPaths: ['clocks/mem_clock'],
    dmonColumns: ['mclk'],
  }),
  metric('clocks_event_reasons_mask', ['mask', ''], {
    queryFields: ['clocks_event_reasons.active', 'clocks_throttle_reasons.active'],
  }),
  metric('performance_state_index', INDEX, { queryFields: ['pstate'], xmlPaths: ['performance_state'] }),
  metric('power_instant_mw', POWER, {
    queryFields: ['power.draw.instant'],
    xmlPaths: ['gpu_power_readings/instant_power_draw'],
  }),
  metric('power_average_mw', POWER, {
    queryFields: ['power.draw.average'],
    xmlPaths: ['gpu_power_readings/average_power_draw'],
  }),
  metric('power_limit_mw', POWER, {
    queryFields: ['enforced.power.limit', 'power.limit'],
    xmlPaths: [
      'power_readings/enforced_power_limit',
      'gpu_power_readings/current_power_limit',
      'gpu_power_readings/enforced_power_limit',
      'power_readings/power_limit',
    ],
  }),
  throttled('throttle_power_cap_ns', 'sw_power_cap'),
  throttled('throttle_sync_boost_ns', 'sync_boost'),
  throttled('throttle_thermal_sw_ns', 'sw_thermal_slowdown'),
  throttled('throttle_thermal_hw_ns', 'hw_thermal_slowdown'),
  throttled('throttle_power_brake_ns', 'hw_power_brake_slowdown'),
  metric('memory_used_bytes', MEMORY, {
    queryFields: ['memory.used'],
    xmlPaths: ['fb_memory_usage/used'],
    dmonColumns: ['fb'],
  }),
  metric('memory_free_bytes', MEMORY, { queryFields: ['memory.free'], xmlPaths: ['fb_memory_usage/free'] }),
  metric('memory_reserved_bytes', MEMORY, {
    queryFields: ['memory.reserved'],
    xmlPaths: ['fb_memory_usage/reserved'],
  }),
  metric('memory_total_bytes', MEMORY, {
    queryFields: ['memory.total'],
    xmlPaths: ['fb_memory_usage/total'],
  }),
  metric('utilization_gpu_pct', SHARE, {
    queryFields: ['utilization.gpu'],
    xmlPaths: ['utilization/gpu_util'],
    dmonColumns: ['sm'],
  }),
  metric('utilization_memory_pct', SHARE, {
    queryFields: ['utilization.memory'],
    xmlPaths: ['utilization/memory_util'],
    dmonColumns: ['mem'],
  }),
  metric('temperature_gpu_celsius', HEAT, {
    queryFields: ['temperature.gpu'],
    xmlPaths: ['temperature/gpu_temp'],
    dmonColumns: ['gtemp', 'temp'],
  }),
  metric('temperature_memory_celsius', HEAT, {
    queryFields: ['temperature.memory'],
    xmlPaths: ['temperature/memory_temp'],
    dmonColumns: ['mtemp'],
  }),
  metric('pcie_link_generation_index', INDEX, {
    queryFields: ['pcie.link.gen.gpucurrent', 'pcie.link.gen.current'],
    xmlPaths: [
      'pci/pci_gpu_link_info/pcie_gen/device_current_link_gen',
      'pci/pci_gpu_link_info/pcie_gen/current_link_gen',
    ],
  }),
  metric('pcie_link_width_count', COUNT, {
    queryFields: ['pcie.link.width.current'],
    xmlPaths: ['pci/pci_gpu_link_info/link_widths/current_link_width'],
  }),
  metric('fan_speed_pct', SHARE, { queryFields: ['fan.speed'], xmlPaths: ['fan_speed'] }),
  metric('pcie_replay_count', COUNT, { xmlPaths: ['pci/replay_counter'], dmonColumns: ['pci'] }),
  metric('ecc_corrected_count', COUNT, {
    queryFields: ['ecc.errors.corrected.aggregate.total'],
    xmlPaths: ['ecc_errors/aggregate/single_bit/total'],
  }),
  metric('ecc_uncorrected_count', COUNT, {
    queryFields: ['ecc.errors.uncorrected.aggregate.total'],
    xmlPaths: ['ecc_errors/aggregate/double_bit/total'],
  }),
  metric('remapped_rows_corrected_count', COUNT, {
    queryFields: ['remapped_rows.correctable'],
    xmlPaths: ['remapped_rows/remapped_row_corr'],
  }),
  metric('remapped_rows_uncorrected_count', COUNT, {
    queryFields: ['remapped_rows.uncorrectable'],
    xmlPaths: ['remapped_rows/remapped_row_unc'],
  }),
  metric('remapped_rows_pending_count', COUNT, {
    queryFields: ['remapped_rows.pending'],
    xmlPaths: ['remapped_rows/remapped_row_pending'],
  }),
  metric('remapped_rows_failed_count', COUNT, {
    queryFields: ['remapped_rows.failure'],
    xmlPaths: ['remapped_rows/remapped_row_failure'],
  }),
];

/** Columns of pmon, each of a process. */
export const PMON_METRICS: readonly Pick<SmiMetric, 'metric' | 'unit' | 'printedUnit' | 'dmonColumns'>[] = [
  metric('process_sm_pct', SHARE, { dmonColumns: ['sm'] }),
  metric('process_memory_pct', SHARE, { dmonColumns: ['mem'] }),
  metric('process_encoder_pct', SHARE, { dmonColumns: ['enc'] }),
  metric('process_decoder_pct', SHARE, { dmonColumns: ['dec'] }),
  metric('process_memory_used_bytes', MEMORY, { dmonColumns: ['fb'] }),
];
