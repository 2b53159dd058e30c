import type { GpuBoard } from './gpu-boards.js';
import { GpuHistory } from './gpu-history.js';

/** What runs on a GPU in one iteration: shares of the time from 0 to 1. */
export interface GpuActivity {
  readonly startNs: number;
  readonly endNs: number;
  readonly tensorRatio: number;
  readonly dramRatio: number;
}

/** What faults act on, each a physical effect. */
export interface GpuConditions {
  powerLimitMilliwatts: number;
  inletCelsius: number;
  /** Share of the SMs that another process takes, from 0 to below 1. */
  foreignRatio: number;
  /** Highest SM clock allowed, in MHz. */
  maxSmMhz: number;
}

const STEP_NS = 1_000_000;
const CONTROL_NS = 20_000_000;
const POWER_WINDOW_NS = 50_000_000;
const CLOCK_QUANTUM_MHZ = 15;
/** Above the limit the clock falls by this many quanta a control period, so that a cap settles within a second. */
const MAX_FALL_QUANTA = 4;
const RELEASE_RATIO = 0.97;
const KELVIN_PER_WATT = 0.065;
const THERMAL_LAG_NS = 2_000_000_000;
const SLOWDOWN_CELSIUS = 87;
const LEAKAGE_MILLIWATTS_PER_KELVIN = 500;
const IDLE_AFTER_NS = 500_000_000;

export const REASON_IDLE = 1;
export const REASON_POWER_CAP = 4;
export const REASON_THERMAL = 0x20;

/**
 * One GPU's hidden truth in virtual time. `advance` integrates in steps of at most 1 ms that end at activity edges, so that a pause
 * shows at its instant. All that changes is here; sensors only read.
 */
export class GpuModel {
  readonly conditions: GpuConditions;
  readonly powerHistory = new GpuHistory();
  readonly busyHistory = new GpuHistory();
  readonly dramHistory = new GpuHistory();
  smMhz: number;
  powerMilliwatts: number;
  temperatureCelsius = 30;
  energyMillijoules = 0;
  busyNs = 0;
  tensorNs = 0;
  dramNs = 0;
  powerCapNs = 0;
  thermalNs = 0;
  reasonsMask = REASON_IDLE;
  nowNs = 0;
  private activity: GpuActivity | undefined;
  private lastBusyNs = -IDLE_AFTER_NS;
  private nextControlNs = 0;
  private ceilingMhz: number;

  constructor(readonly board: GpuBoard) {
    this.conditions = {
      powerLimitMilliwatts: board.powerLimitMilliwatts,
      inletCelsius: 28,
      foreignRatio: 0,
      maxSmMhz: board.maxSmMhz,
    };
    this.smMhz = board.idleSmMhz;
    this.ceilingMhz = board.maxSmMhz;
    this.powerMilliwatts = board.idleMilliwatts;
  }

  /** From its start on this is what runs; after its end the GPU idles. Advance to its start first. */
  run(activity: GpuActivity): void {
    this.activity = activity;
  }

  /** Nothing more of the engine runs from now on. */
  halt(): void {
    this.activity = undefined;
  }

  /** The clock that work starting now runs at. An idle GPU boosts at once. */
  get workMhz(): number {
    return Math.min(this.ceilingMhz, this.conditions.maxSmMhz);
  }

  advance(toNs: number): void {
    while (this.nowNs < toNs) {
      let nextNs = Math.min(toNs, this.nowNs + STEP_NS);
      const { activity } = this;
      if (activity !== undefined && activity.startNs > this.nowNs)
        nextNs = Math.min(nextNs, activity.startNs);
      else if (activity !== undefined && activity.endNs > this.nowNs)
        nextNs = Math.min(nextNs, activity.endNs);
      this.integrate(nextNs);
    }
  }

  private integrate(toNs: number): void {
    const elapsedNs = toNs - this.nowNs;
    const { board, conditions, activity } = this;
    const isOn = activity !== undefined && activity.startNs <= this.nowNs && this.nowNs < activity.endNs;
    const foreign = conditions.foreignRatio;
    const tensor = Math.min(1, (isOn ? activity.tensorRatio * (1 - foreign) : 0) + foreign * 0.8);
    const dram = Math.min(1, (isOn ? activity.dramRatio * (1 - foreign) : 0) + foreign * 0.6);
    const isBusy = isOn || foreign > 0;
    if (isBusy) this.lastBusyNs = toNs;
    if (this.nowNs >= this.nextControlNs) this.control();
    const isIdle = toNs - this.lastBusyNs >= IDLE_AFTER_NS;
    this.smMhz = isIdle ? board.idleSmMhz : this.workMhz;
    this.reasonsMask = isIdle ? REASON_IDLE : this.reasonsMask & ~REASON_IDLE;
    this.powerMilliwatts =
      board.idleMilliwatts +
      board.dramMilliwatts * dram +
      board.tensorMilliwatts * tensor * (this.smMhz / board.maxSmMhz) ** 2.5 +
      LEAKAGE_MILLIWATTS_PER_KELVIN * Math.max(0, this.temperatureCelsius - 30);
    const targetCelsius = conditions.inletCelsius + (KELVIN_PER_WATT * this.powerMilliwatts) / 1_000;
    this.temperatureCelsius +=
      (targetCelsius - this.temperatureCelsius) * (1 - Math.exp(-elapsedNs / THERMAL_LAG_NS));
    this.energyMillijoules += (this.powerMilliwatts * elapsedNs) / 1e9;
    if (isBusy) this.busyNs += elapsedNs;
    this.tensorNs += tensor * elapsedNs;
    this.dramNs += dram * elapsedNs;
    if ((this.reasonsMask & REASON_POWER_CAP) !== 0) this.powerCapNs += elapsedNs;
    if ((this.reasonsMask & REASON_THERMAL) !== 0) this.thermalNs += elapsedNs;
    this.nowNs = toNs;
    this.powerHistory.record(toNs, this.energyMillijoules);
    this.busyHistory.record(toNs, this.busyNs);
    this.dramHistory.record(toNs, this.dramNs);
  }

  private control(): void {
    this.nextControlNs = this.nowNs + CONTROL_NS;
    const { board, conditions } = this;
    const ratio = (this.powerHistory.mean(POWER_WINDOW_NS) * 1e9) / conditions.powerLimitMilliwatts;
    const isHot = this.temperatureCelsius > SLOWDOWN_CELSIUS;
    if (ratio > 1 || isHot) {
      const quanta = Math.min(MAX_FALL_QUANTA, 1 + Math.floor(Math.max(0, ratio - 1) * 20));
      this.ceilingMhz = Math.max(board.idleSmMhz, this.ceilingMhz - quanta * CLOCK_QUANTUM_MHZ);
    } else if (ratio < RELEASE_RATIO) {
      this.ceilingMhz = Math.min(board.maxSmMhz, this.ceilingMhz + CLOCK_QUANTUM_MHZ);
    }
    const isHeld = this.ceilingMhz < board.maxSmMhz;
    this.reasonsMask = isHot ? REASON_THERMAL : isHeld && ratio >= RELEASE_RATIO ? REASON_POWER_CAP : 0;
  }
}
