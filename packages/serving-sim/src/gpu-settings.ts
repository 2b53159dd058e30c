import type { GpuBoard } from './gpu-boards.js';
import {
  handleCondition,
  USUAL_INLET_CELSIUS,
  type ByConditionKind,
  type GpuCondition,
} from './gpu-condition.js';

/** The conditions that hold on a GPU now. */
export interface GpuConditions {
  powerLimitMilliwatts: number;
  inletCelsius: number;
  inletOffsetCelsius: number;
  /** Share of the cooling that is gone. */
  coolingLostRatio: number;
  isBraked: boolean;
  /** Shares of the SMs' and the DRAM's time that another process takes, from 0 to below 1. */
  foreignRatio: number;
  foreignDramRatio: number;
  foreignPid: number;
  /** Highest SM clock allowed, in MHz. */
  maxSmMhz: number;
  lockedSmMhz: number | undefined;
  boostLatencyNs: number;
  /** Factor on the clock without a reason shown. */
  clockRatio: number;
  /** Shares of the links' bandwidth that are gone. */
  pcieLossRatio: number;
  nvlinkLossRatio: number;
  /** NVML's answer for the whole device: 0, 15 lost, 16 reset required. */
  deviceCode: 0 | 15 | 16;
  /** By metric: what reading it answers, and the share of its refreshes that do not happen. */
  readonly sensorCodes: Map<string, number>;
  readonly sensorDropRatios: Map<string, number>;
}

const FOREIGN_PID = 424_242;
const FOREIGN_DRAM_SHARE = 0.6;

export function healthyConditions(board: GpuBoard): GpuConditions {
  return {
    powerLimitMilliwatts: board.powerLimitMilliwatts,
    inletCelsius: USUAL_INLET_CELSIUS,
    inletOffsetCelsius: 0,
    coolingLostRatio: 0,
    isBraked: false,
    foreignRatio: 0,
    foreignDramRatio: 0,
    foreignPid: FOREIGN_PID,
    maxSmMhz: board.maxSmMhz,
    lockedSmMhz: undefined,
    boostLatencyNs: 0,
    clockRatio: 1,
    pcieLossRatio: 0,
    nvlinkLossRatio: 0,
    deviceCode: 0,
    sensorCodes: new Map(),
    sensorDropRatios: new Map(),
  };
}

const nothing = (): void => undefined;

const SETTERS: ByConditionKind<GpuConditions, void> = {
  power_limit: ({ watts }, conditions) => {
    conditions.powerLimitMilliwatts = Math.round(watts * 1_000);
  },
  inlet_temperature: ({ celsius }, conditions) => {
    conditions.inletCelsius = celsius;
  },
  inlet_offset: ({ kelvin }, conditions) => {
    conditions.inletOffsetCelsius = kelvin;
  },
  cooling_lost: ({ ratio }, conditions) => {
    conditions.coolingLostRatio = ratio;
  },
  power_brake: ({ on }, conditions) => {
    conditions.isBraked = on;
  },
  foreign_share: ({ ratio, dram, pid }, conditions) => {
    conditions.foreignRatio = ratio;
    conditions.foreignDramRatio = dram ?? ratio * FOREIGN_DRAM_SHARE;
    conditions.foreignPid = pid ?? FOREIGN_PID;
  },
  clock_limit: ({ mhz }, conditions) => {
    conditions.maxSmMhz = mhz;
  },
  clock_locked: ({ mhz }, conditions) => {
    conditions.lockedSmMhz = mhz;
  },
  boost_latency: ({ ms }, conditions) => {
    conditions.boostLatencyNs = Math.round(ms * 1_000_000);
  },
  rank_slowed: ({ ratio }, conditions) => {
    conditions.clockRatio = ratio;
  },
  link_degraded: ({ link, ratio }, conditions) => {
    conditions[link === 'pcie' ? 'pcieLossRatio' : 'nvlinkLossRatio'] = ratio;
  },
  lost: (_, conditions) => {
    conditions.deviceCode = 15;
  },
  reset_required: (_, conditions) => {
    conditions.deviceCode = 16;
  },
  back: (_, conditions) => {
    conditions.deviceCode = 0;
  },
  sensor_error: ({ metric, code }, { sensorCodes }) => {
    if (code === 0) sensorCodes.delete(metric);
    else sensorCodes.set(metric, code);
  },
  sensor_drop: ({ metric, ratio }, { sensorDropRatios }) => {
    sensorDropRatios.set(metric, ratio);
  },
  link_errors: nothing,
  xid: nothing,
  ecc_errors: nothing,
  remapped_rows: nothing,
  counters_reset: nothing,
};

/** What a condition changes in what holds; those that only happen (an XID, errors, a reset) change nothing here. */
export function setCondition(conditions: GpuConditions, condition: GpuCondition): void {
  handleCondition(SETTERS, condition, conditions);
}
