import type { GpuBoard } from './gpu-boards.js';
import type { GpuConditions } from './gpu-settings.js';

/** NVML's bits for why a clock is not higher. */
export const CLOCK_REASONS = {
  idle: 1,
  applicationClocks: 2,
  powerCap: 4,
  hardwareSlowdown: 8,
  thermalSoftware: 0x20,
  thermalHardware: 0x40,
  powerBrake: 0x80,
} as const;

export const CONTROL_NS = 20_000_000;
const CLOCK_QUANTUM_MHZ = 15;
/** Above the limit the clock falls by this many quanta a control period, so that a cap settles within a second. */
const MAX_FALL_QUANTA = 4;
/** Between this share of the limit and the limit the cap holds where it is. */
const RELEASE_RATIO = 0.97;
/** The hardware's slowdown ends this far below its threshold. */
const SLOWDOWN_HYSTERESIS_CELSIUS = 4;
const HARDWARE_DIVISOR = 2;

/** The SM clock of one GPU: the control loops for power and heat, and what else bounds it. */
export class GpuClock {
  private powerCeilingMhz: number;
  private thermalCeilingMhz: number;
  private isPowerHeld = false;
  private isHot = false;
  private isSlowedByHeat = false;
  private wokenNs = Number.NEGATIVE_INFINITY;

  constructor(private readonly board: GpuBoard) {
    this.powerCeilingMhz = board.maxSmMhz;
    this.thermalCeilingMhz = board.maxSmMhz;
  }

  /** One turn of the loops, every `CONTROL_NS`. `powerRatio`: mean power of the last 50 ms over the limit. */
  control(powerRatio: number, temperatureCelsius: number): void {
    const { board } = this;
    if (powerRatio > 1) {
      const quanta = Math.min(MAX_FALL_QUANTA, 1 + Math.floor((powerRatio - 1) * 20));
      this.powerCeilingMhz = Math.max(board.idleSmMhz, this.powerCeilingMhz - quanta * CLOCK_QUANTUM_MHZ);
    } else if (powerRatio < RELEASE_RATIO) this.powerCeilingMhz = this.raised(this.powerCeilingMhz);
    this.isPowerHeld = powerRatio >= RELEASE_RATIO && this.powerCeilingMhz < board.maxSmMhz;
    this.isHot = temperatureCelsius > board.slowdownCelsius;
    this.thermalCeilingMhz = this.isHot
      ? Math.max(board.idleSmMhz, this.thermalCeilingMhz - CLOCK_QUANTUM_MHZ)
      : this.raised(this.thermalCeilingMhz);
    const { hardwareSlowdownCelsius } = board;
    if (temperatureCelsius >= hardwareSlowdownCelsius) this.isSlowedByHeat = true;
    else if (temperatureCelsius < hardwareSlowdownCelsius - SLOWDOWN_HYSTERESIS_CELSIUS)
      this.isSlowedByHeat = false;
  }

  /** Work starts on an idle GPU: its boost takes its time from here. */
  wake(atNs: number): void {
    this.wokenNs = atNs;
  }

  /** The clock under work, whole quanta within the board's bounds. `wokenNs`: as if work started then. */
  workMhz(atNs: number, conditions: GpuConditions, wokenNs = this.wokenNs): number {
    const { board } = this;
    const boostMhz = this.boostMhz(atNs - wokenNs, conditions.boostLatencyNs);
    const allowedMhz = Math.min(
      this.powerCeilingMhz,
      this.thermalCeilingMhz,
      conditions.maxSmMhz,
      conditions.lockedSmMhz ?? boostMhz,
    );
    const divisor =
      (this.isSlowedByHeat ? HARDWARE_DIVISOR : 1) * (conditions.isBraked ? HARDWARE_DIVISOR : 1);
    return this.bounded((allowedMhz * conditions.clockRatio) / divisor, board);
  }

  idleMhz({ lockedSmMhz }: GpuConditions): number {
    return lockedSmMhz === undefined ? this.board.idleSmMhz : this.bounded(lockedSmMhz, this.board);
  }

  reasonsMask(isIdle: boolean, conditions: GpuConditions): number {
    let mask = isIdle ? CLOCK_REASONS.idle : 0;
    if (conditions.isBraked) mask |= CLOCK_REASONS.powerBrake | CLOCK_REASONS.hardwareSlowdown;
    if (this.isSlowedByHeat) mask |= CLOCK_REASONS.thermalHardware | CLOCK_REASONS.hardwareSlowdown;
    if (isIdle) return mask;
    if (this.isPowerHeld) mask |= CLOCK_REASONS.powerCap;
    if (this.isHot) mask |= CLOCK_REASONS.thermalSoftware;
    if (conditions.maxSmMhz < this.board.maxSmMhz) mask |= CLOCK_REASONS.applicationClocks;
    return mask;
  }

  private raised(ceilingMhz: number): number {
    return Math.min(this.board.maxSmMhz, ceilingMhz + CLOCK_QUANTUM_MHZ);
  }

  private boostMhz(sinceNs: number, latencyNs: number): number {
    const { idleSmMhz, maxSmMhz } = this.board;
    return sinceNs >= latencyNs ? maxSmMhz : idleSmMhz + ((maxSmMhz - idleSmMhz) * sinceNs) / latencyNs;
  }

  private bounded(mhz: number, { idleSmMhz, maxSmMhz }: GpuBoard): number {
    const quantised = Math.floor(mhz / CLOCK_QUANTUM_MHZ) * CLOCK_QUANTUM_MHZ;
    return Math.max(idleSmMhz, Math.min(maxSmMhz, quantised));
  }
}
