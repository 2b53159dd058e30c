import type { GpuModel } from './gpu-model.js';
import type { Random } from './random.js';

/** What a sensor shows: a metric of `GPU_METRICS` by name, as of `sensorNs`. */
export interface GpuReading {
  readonly metric: string;
  readonly value: number;
  readonly sensorNs: number;
  readonly refreshNs: number;
}

interface Sensor {
  readonly metric: string;
  readonly periodNs: number;
  readonly read: (gpu: GpuModel) => number;
  nextNs: number;
}

const MS = 1_000_000;
const KEPT_BYTES = 600 * 1_048_576;
/** vLLM's default share of the GPU's memory: weights and KV pool are taken at start. */
const MEMORY_SHARE_RATIO = 0.9;

/**
 * The only place between a GPU's truth and what NVML shows: each metric refreshes at its own period from a seeded phase on, shows the
 * mean of its window, and rounds to its quantum. A metric that the board lacks has no sensor.
 */
export class GpuSensors {
  private readonly sensors: readonly Sensor[];

  constructor(
    private readonly gpu: GpuModel,
    random: Random,
  ) {
    this.sensors = sensorsOf(gpu).map(([metric, periodMs, read]) => {
      const periodNs = periodMs * MS;
      return { metric, periodNs, read, nextNs: Math.floor(random() * periodNs) };
    });
  }

  /** Carries the GPU to `toNs` and gives every reading that was due on the way, in order of time. */
  refresh(toNs: number, advance: (toNs: number) => void = (atNs) => this.gpu.advance(atNs)): GpuReading[] {
    const readings: GpuReading[] = [];
    for (;;) {
      let due: Sensor | undefined;
      for (const each of this.sensors) if (due === undefined || each.nextNs < due.nextNs) due = each;
      if (due === undefined || due.nextNs > toNs) break;
      advance(due.nextNs);
      const { metric, periodNs: refreshNs, nextNs: sensorNs } = due;
      readings.push({ metric, value: due.read(this.gpu), sensorNs, refreshNs });
      due.nextNs += refreshNs;
    }
    advance(toNs);
    return readings;
  }
}

type SensorRow = readonly [metric: string, periodMs: number, read: (gpu: GpuModel) => number];

function sensorsOf({ board }: GpuModel): SensorRow[] {
  const power = (windowNs: number) => (gpu: GpuModel) => Math.round(gpu.powerHistory.mean(windowNs) * 1e9);
  const utilizationMs = board.utilizationPeriodNs / MS;
  const usedBytes = Math.round(board.memoryTotalBytes * MEMORY_SHARE_RATIO);
  const rows: SensorRow[] = [
    ['sm_clock_mhz', 20, ({ smMhz }) => Math.floor(smMhz / 15) * 15],
    ['memory_clock_mhz', 100, () => board.memoryMhz],
    ['clocks_event_reasons_mask', 20, ({ reasonsMask }) => reasonsMask],
    ['performance_state_index', 100, ({ smMhz }) => (smMhz === board.idleSmMhz ? 8 : 0)],
    ['power_instant_mw', 100, power(board.powerWindowNs)],
    ['energy_mj', 100, ({ energyMillijoules }) => Math.floor(energyMillijoules)],
    ['throttle_power_cap_ns', 20, ({ powerCapNs }) => Math.floor(powerCapNs)],
    ['throttle_thermal_sw_ns', 20, ({ thermalNs }) => Math.floor(thermalNs)],
    ['throttle_thermal_hw_ns', 100, () => 0],
    ['throttle_power_brake_ns', 100, () => 0],
    ['memory_used_bytes', 100, () => usedBytes],
    ['memory_free_bytes', 100, () => board.memoryTotalBytes - usedBytes - KEPT_BYTES],
    ['memory_reserved_bytes', 100, () => KEPT_BYTES],
    ['memory_total_bytes', 100, () => board.memoryTotalBytes],
    ['utilization_gpu_pct', utilizationMs, (gpu) => percent(gpu.busyHistory.mean(board.utilizationPeriodNs))],
    [
      'utilization_memory_pct',
      utilizationMs,
      (gpu) => percent(gpu.dramHistory.mean(board.utilizationPeriodNs)),
    ],
    ['temperature_gpu_celsius', 100, ({ temperatureCelsius }) => Math.floor(temperatureCelsius)],
    ['power_limit_mw', 100, ({ conditions }) => conditions.powerLimitMilliwatts],
    ['pcie_link_generation_index', 1_000, () => board.pcieGenerationIndex],
    ['pcie_link_width_count', 1_000, () => 16],
  ];
  if (board.hasAveragePower) rows.push(['power_average_mw', 100, power(1_000 * MS)]);
  if (board.hasFan)
    rows.push(['fan_speed_pct', 1_000, (gpu) => Math.min(100, Math.round(gpu.temperatureCelsius))]);
  if (board.hasGpm) {
    rows.push(['gpm_sm_pct', 100, (gpu) => gpu.busyHistory.mean(100 * MS) * 100]);
    rows.push(['gpm_dram_pct', 100, (gpu) => gpu.dramHistory.mean(100 * MS) * 100]);
  }
  return rows;
}

function percent(ratio: number): number {
  return Math.round(Math.min(1, ratio) * 100);
}
