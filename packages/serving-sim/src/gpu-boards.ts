/** One kind of GPU: published limits, and estimates of what it draws. */
export interface GpuBoard {
  readonly name: string;
  /** NVML's device name. */
  readonly productName: string;
  /** NVML's architecture number. */
  readonly architectureIndex: number;
  readonly powerLimitMilliwatts: number;
  readonly idleMilliwatts: number;
  /** Drawn on top at full DRAM activity, and at full tensor activity at the highest clock. Estimates. */
  readonly dramMilliwatts: number;
  readonly tensorMilliwatts: number;
  readonly maxSmMhz: number;
  readonly idleSmMhz: number;
  readonly memoryMhz: number;
  /** What an idle GPU falls to, to save power: data-centre boards with HBM keep theirs. */
  readonly idleMemoryMhz: number;
  readonly idlePerformanceStateIndex: number;
  readonly idlePcieGenerationIndex: number;
  readonly memoryTotalBytes: number;
  readonly pcieGenerationIndex: number;
  readonly nvlinkCount: number;
  /** From the inlet to the die, at steady power; an estimate but for the H100's. */
  readonly kelvinPerWatt: number;
  /** Where software starts to lower the clock, and where the hardware halves it. */
  readonly slowdownCelsius: number;
  readonly hardwareSlowdownCelsius: number;
  /** The window of the instant power sensor: 25 ms of each 100 ms on data-centre boards. */
  readonly powerWindowNs: number;
  readonly utilizationPeriodNs: number;
  readonly hasGpm: boolean;
  readonly hasAveragePower: boolean;
  readonly hasFan: boolean;
  readonly hasMemoryTemperature: boolean;
  /** Counts of ECC errors and remapped rows. */
  readonly hasEcc: boolean;
}

export const GPU_BOARD_NAMES = ['h100', 'a100', 'l4', 'rtx4090'] as const;
export type GpuBoardName = (typeof GPU_BOARD_NAMES)[number];

const GIB = 1_073_741_824;
const MS = 1_000_000;

/** Power limits, clocks and memory are the vendor's published figures; refresh and windows those measured on public power logs. */
export const GPU_BOARDS: Readonly<Record<GpuBoardName, GpuBoard>> = {
  h100: {
    name: 'h100',
    productName: 'NVIDIA H100 80GB HBM3',
    architectureIndex: 9,
    powerLimitMilliwatts: 700_000,
    idleMilliwatts: 70_000,
    dramMilliwatts: 230_000,
    tensorMilliwatts: 700_000,
    maxSmMhz: 1_980,
    idleSmMhz: 345,
    memoryMhz: 2_619,
    idleMemoryMhz: 2_619,
    idlePerformanceStateIndex: 0,
    idlePcieGenerationIndex: 5,
    memoryTotalBytes: 80 * GIB,
    pcieGenerationIndex: 5,
    nvlinkCount: 18,
    kelvinPerWatt: 0.065,
    slowdownCelsius: 87,
    hardwareSlowdownCelsius: 95,
    powerWindowNs: 25 * MS,
    utilizationPeriodNs: 200 * MS,
    hasGpm: true,
    hasAveragePower: true,
    hasFan: false,
    hasMemoryTemperature: true,
    hasEcc: true,
  },
  a100: {
    name: 'a100',
    productName: 'NVIDIA A100-SXM4-80GB',
    architectureIndex: 7,
    powerLimitMilliwatts: 400_000,
    idleMilliwatts: 55_000,
    dramMilliwatts: 140_000,
    tensorMilliwatts: 290_000,
    maxSmMhz: 1_410,
    idleSmMhz: 210,
    memoryMhz: 1_593,
    idleMemoryMhz: 1_593,
    idlePerformanceStateIndex: 0,
    idlePcieGenerationIndex: 4,
    memoryTotalBytes: 80 * GIB,
    pcieGenerationIndex: 4,
    nvlinkCount: 12,
    kelvinPerWatt: 0.1,
    slowdownCelsius: 85,
    hardwareSlowdownCelsius: 93,
    powerWindowNs: 25 * MS,
    utilizationPeriodNs: 1_000 * MS,
    hasGpm: false,
    hasAveragePower: false,
    hasFan: false,
    hasMemoryTemperature: true,
    hasEcc: true,
  },
  l4: {
    name: 'l4',
    productName: 'NVIDIA L4',
    architectureIndex: 8,
    powerLimitMilliwatts: 72_000,
    idleMilliwatts: 16_000,
    dramMilliwatts: 22_000,
    tensorMilliwatts: 55_000,
    maxSmMhz: 2_040,
    idleSmMhz: 210,
    memoryMhz: 6_251,
    idleMemoryMhz: 405,
    idlePerformanceStateIndex: 8,
    idlePcieGenerationIndex: 1,
    memoryTotalBytes: 24 * GIB,
    pcieGenerationIndex: 4,
    nvlinkCount: 0,
    kelvinPerWatt: 0.6,
    slowdownCelsius: 84,
    hardwareSlowdownCelsius: 92,
    powerWindowNs: 100 * MS,
    utilizationPeriodNs: 200 * MS,
    hasGpm: false,
    hasAveragePower: true,
    hasFan: false,
    hasMemoryTemperature: false,
    hasEcc: true,
  },
  rtx4090: {
    name: 'rtx4090',
    productName: 'NVIDIA GeForce RTX 4090',
    architectureIndex: 8,
    powerLimitMilliwatts: 450_000,
    idleMilliwatts: 25_000,
    dramMilliwatts: 110_000,
    tensorMilliwatts: 380_000,
    maxSmMhz: 2_520,
    idleSmMhz: 210,
    memoryMhz: 10_501,
    idleMemoryMhz: 405,
    idlePerformanceStateIndex: 8,
    idlePcieGenerationIndex: 1,
    memoryTotalBytes: 24 * GIB,
    pcieGenerationIndex: 4,
    nvlinkCount: 0,
    kelvinPerWatt: 0.09,
    slowdownCelsius: 84,
    hardwareSlowdownCelsius: 95,
    powerWindowNs: 100 * MS,
    utilizationPeriodNs: 200 * MS,
    hasGpm: false,
    hasAveragePower: true,
    hasFan: true,
    hasMemoryTemperature: false,
    hasEcc: false,
  },
};
