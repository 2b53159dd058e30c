import type { GpuBoard } from './gpu-boards.js';
import type { GpuModel } from './gpu-model.js';
import type { GpuTotals } from './gpu-totals.js';
import type { Random } from './random.js';

/** What one refresh of a sensor reads from: the GPU now, and what it has summed up since the sensor's last refresh. */
export interface SensorView {
  readonly gpu: GpuModel;
  /** Growth of a sum since the last refresh, over the elapsed time: a mean share, or a rate per ns. */
  readonly mean: (key: keyof GpuTotals) => number;
  /** For what the sensor itself adds. */
  readonly random: Random;
}

export interface SensorRow {
  readonly metric: string;
  readonly read: (view: SensorView) => number;
  /** Of a GPM metric: its integral over time since the start, in its unit x seconds. */
  readonly integral?: (gpu: GpuModel) => number;
  /** Link number + 1. */
  readonly subId?: number;
}

/** Sensors that one hardware or driver clock refreshes together. */
export interface SensorBlock {
  readonly periodNs: number;
  readonly rows: readonly SensorRow[];
}

const MS = 1_000_000;
const MIB = 1_048_576;
const CLOCKS_PERIOD_NS = 20 * MS;
const SHARED_PERIOD_NS = 100 * MS;
const SLOW_PERIOD_NS = 1_000 * MS;
/** The driver's own sample rings: six a second. */
const BUFFERED_PERIOD_NS = 166_666_667;
const AVERAGE_POWER_WINDOW_NS = 1_000 * MS;
/** An estimate. */
const POWER_NOISE_RATIO = 0.003;
const PCIE_WIDTH_COUNT = 16;
/** What the driver keeps to itself. */
const KEPT_BYTES = 600 * MIB;
/** vLLM's default share of the GPU's memory: weights and KV pool are taken at start. A foreign process takes this much of the rest. */
const ENGINE_MEMORY_RATIO = 0.9;
const FOREIGN_MEMORY_RATIO = 0.06;
/** Warps resident of those that fit, where SMs work; an estimate. */
const OCCUPANCY_RATIO = 0.35;
/** HBM runs hotter than the die's sensor shows. */
const MEMORY_OVER_DIE_CELSIUS = 8;

/** Every sensor that the board has, by what refreshes together. The periods are those measured on real boards where that was done. */
export function sensorBlocks(board: GpuBoard): readonly SensorBlock[] {
  const blocks: SensorBlock[] = [
    { periodNs: CLOCKS_PERIOD_NS, rows: clockRows() },
    { periodNs: SHARED_PERIOD_NS, rows: powerRows(board) },
    { periodNs: SHARED_PERIOD_NS, rows: driverRows(board) },
    { periodNs: SHARED_PERIOD_NS, rows: trafficRows(board) },
    { periodNs: board.utilizationPeriodNs, rows: utilizationRows() },
    { periodNs: BUFFERED_PERIOD_NS, rows: bufferedRows() },
    { periodNs: SLOW_PERIOD_NS, rows: linkRows(board) },
    { periodNs: SLOW_PERIOD_NS, rows: inventoryRows(board) },
  ];
  if (board.hasGpm) blocks.push({ periodNs: SHARED_PERIOD_NS, rows: gpmRows(board) });
  return blocks;
}

export function engineMemoryBytes(board: GpuBoard): number {
  return Math.round(board.memoryTotalBytes * ENGINE_MEMORY_RATIO);
}

export function foreignMemoryBytes({ board, conditions }: GpuModel): number {
  return conditions.foreignRatio > 0 ? Math.round(board.memoryTotalBytes * FOREIGN_MEMORY_RATIO) : 0;
}

/** Whole per cent, from 0 to 100. */
export function percent(ratio: number): number {
  return Math.round(Math.min(1, Math.max(0, ratio)) * 100);
}

function row(metric: string, read: (view: SensorView) => number): SensorRow {
  return { metric, read };
}

/** A counter of the driver, in whole units. */
function counter(metric: string, key: keyof GpuTotals, unit = 1): SensorRow {
  return row(metric, ({ gpu }) => Math.floor(gpu.counted(key) / unit));
}

function clockRows(): SensorRow[] {
  return [
    row('sm_clock_mhz', ({ gpu }) => gpu.smMhz),
    row('clocks_event_reasons_mask', ({ gpu }) => gpu.reasonsMask),
    counter('throttle_power_cap_ns', 'powerCapNs'),
    row('throttle_sync_boost_ns', () => 0),
    counter('throttle_thermal_sw_ns', 'thermalNs'),
    counter('throttle_thermal_hw_ns', 'thermalHardwareNs'),
    counter('throttle_power_brake_ns', 'powerBrakeNs'),
  ];
}

/** Power by the board's own window, with the sensor's noise: real ones do not repeat even where nothing changes. */
function noisyPowerMilliwatts({ gpu, random }: SensorView): number {
  const noiseRatio = POWER_NOISE_RATIO * (2 * random() - 1);
  return Math.round(gpu.powerHistory.mean(gpu.board.powerWindowNs) * 1e9 * (1 + noiseRatio));
}

function averagePowerMilliwatts({ gpu }: SensorView): number {
  return Math.round(gpu.powerHistory.mean(AVERAGE_POWER_WINDOW_NS) * 1e9);
}

function powerRows(board: GpuBoard): SensorRow[] {
  const rows = [row('power_instant_mw', noisyPowerMilliwatts), counter('energy_mj', 'energyMillijoules')];
  if (board.hasAveragePower) rows.push(row('power_average_mw', averagePowerMilliwatts));
  return rows;
}

function isIdle({ smMhz, board }: GpuModel): boolean {
  return smMhz === board.idleSmMhz;
}

function driverRows(board: GpuBoard): SensorRow[] {
  const usedBytes = (gpu: GpuModel): number => engineMemoryBytes(board) + foreignMemoryBytes(gpu);
  const rows = [
    row('memory_clock_mhz', ({ gpu }) => (isIdle(gpu) ? board.idleMemoryMhz : board.memoryMhz)),
    row('performance_state_index', ({ gpu }) => (isIdle(gpu) ? board.idlePerformanceStateIndex : 0)),
    row('memory_used_bytes', ({ gpu }) => usedBytes(gpu)),
    row('memory_free_bytes', ({ gpu }) => board.memoryTotalBytes - usedBytes(gpu) - KEPT_BYTES),
    row('memory_reserved_bytes', () => KEPT_BYTES),
    row('memory_total_bytes', () => board.memoryTotalBytes),
    row('temperature_gpu_celsius', ({ gpu }) => Math.floor(gpu.temperatureCelsius)),
    row('power_limit_mw', ({ gpu }) => gpu.conditions.powerLimitMilliwatts),
  ];
  if (board.hasMemoryTemperature)
    rows.push(
      row('temperature_memory_celsius', ({ gpu }) =>
        Math.floor(gpu.temperatureCelsius + MEMORY_OVER_DIE_CELSIUS),
      ),
    );
  if (board.hasFan)
    rows.push(
      row('fan_speed_pct', ({ gpu }) => Math.min(100, Math.max(30, Math.round(gpu.temperatureCelsius)))),
    );
  return rows;
}

function trafficRows(board: GpuBoard): SensorRow[] {
  const rows = [counter('pcie_tx_bytes', 'pcieTxBytes'), counter('pcie_rx_bytes', 'pcieRxBytes')];
  if (board.nvlinkCount > 0)
    rows.push(counter('nvlink_tx_kib', 'nvlinkBytes', 1_024), counter('nvlink_rx_kib', 'nvlinkBytes', 1_024));
  return rows;
}

function utilizationRows(): SensorRow[] {
  return [
    row('utilization_gpu_pct', ({ mean }) => percent(mean('busyNs'))),
    row('utilization_memory_pct', ({ mean }) => percent(mean('dramNs'))),
  ];
}

function bufferedRows(): SensorRow[] {
  return [
    row('power_buffered_mw', noisyPowerMilliwatts),
    row('utilization_gpu_buffered_pct', ({ mean }) => percent(mean('busyNs'))),
    row('utilization_memory_buffered_pct', ({ mean }) => percent(mean('dramNs'))),
  ];
}

function gpmRows(board: GpuBoard): SensorRow[] {
  const share = (metric: string, key: keyof GpuTotals, factor = 1): SensorRow => ({
    metric,
    read: ({ mean }) => mean(key) * factor * 100,
    integral: ({ totals }) => (totals[key] * factor * 100) / 1e9,
  });
  const rate = (metric: string, key: keyof GpuTotals): SensorRow => ({
    metric,
    read: ({ mean }) => (mean(key) * 1e9) / MIB,
    integral: ({ totals }) => totals[key] / MIB,
  });
  const rows = [
    share('gpm_graphics_pct', 'busyNs'),
    share('gpm_sm_pct', 'smNs'),
    share('gpm_sm_occupancy_pct', 'smNs', OCCUPANCY_RATIO),
    share('gpm_tensor_pct', 'tensorNs'),
    share('gpm_dram_pct', 'dramNs'),
    rate('gpm_pcie_tx_mib_per_s', 'pcieTxBytes'),
    rate('gpm_pcie_rx_mib_per_s', 'pcieRxBytes'),
  ];
  if (board.nvlinkCount > 0)
    rows.push(rate('gpm_nvlink_rx_mib_per_s', 'nvlinkBytes'), rate('gpm_nvlink_tx_mib_per_s', 'nvlinkBytes'));
  return rows;
}

function linkRows(board: GpuBoard): SensorRow[] {
  const rows = [
    row('pcie_link_generation_index', ({ gpu }) =>
      isIdle(gpu) ? board.idlePcieGenerationIndex : board.pcieGenerationIndex,
    ),
    row('pcie_link_width_count', ({ gpu }) => narrowedWidth(gpu.conditions.pcieLossRatio)),
  ];
  for (let link = 0; link < board.nvlinkCount; link++) {
    const errors = (metric: string, key: 'crcCount' | 'replayCount' | 'recoveryCount'): SensorRow => ({
      metric,
      read: ({ gpu }) => Math.floor(gpu.health.links[link]?.[key] ?? 0),
      subId: link + 1,
    });
    rows.push(
      errors('nvlink_crc_errors_count', 'crcCount'),
      errors('nvlink_replay_errors_count', 'replayCount'),
      errors('nvlink_recovery_errors_count', 'recoveryCount'),
    );
  }
  return rows;
}

/** The widest link, in powers of two, that the remaining bandwidth fills. */
function narrowedWidth(lossRatio: number): number {
  const lanes = Math.max(1, PCIE_WIDTH_COUNT * (1 - lossRatio));
  return 2 ** Math.floor(Math.log2(lanes));
}

function inventoryRows(board: GpuBoard): SensorRow[] {
  const rows = [counter('pcie_replay_count', 'pcieReplayCount')];
  if (!board.hasEcc) return rows;
  rows.push(
    row('ecc_corrected_count', ({ gpu }) => gpu.health.eccCorrectedCount),
    row('ecc_uncorrected_count', ({ gpu }) => gpu.health.eccUncorrectedCount),
    row('remapped_rows_corrected_count', ({ gpu }) => gpu.health.remappedCorrectedCount),
    row('remapped_rows_uncorrected_count', ({ gpu }) => gpu.health.remappedUncorrectedCount),
    row('remapped_rows_pending_count', ({ gpu }) => (gpu.health.isRemapPending ? 1 : 0)),
    row('remapped_rows_failed_count', ({ gpu }) => (gpu.health.hasRemapFailed ? 1 : 0)),
  );
  return rows;
}
