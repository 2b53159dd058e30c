import type { GpuBoard } from './gpu-boards.js';
import type { GpuConditions } from './gpu-settings.js';

const DIE_LAG_NS = 2_000_000_000;
const SINK_LAG_NS = 60_000_000_000;
/** How the board's thermal resistance splits between heat sink and die, and what warmth leaks: estimates. */
const SINK_SHARE = 0.6;
const LEAKAGE_MILLIWATTS_PER_KELVIN = 500;
const LEAKAGE_FROM_CELSIUS = 30;

/**
 * The die's temperature over the inlet's: a heat sink that follows the power in a minute, and a die that follows it in seconds. Cooling
 * that is lost is lost at the die (a cold plate without flow), so that it tells within seconds.
 */
export class GpuThermals {
  private sinkKelvin: number;
  private dieKelvin: number;

  /** Starts as after a long idle at the usual inlet temperature. */
  constructor(private readonly board: GpuBoard) {
    const idleKelvin = (board.kelvinPerWatt * board.idleMilliwatts) / 1_000;
    this.sinkKelvin = SINK_SHARE * idleKelvin;
    this.dieKelvin = (1 - SINK_SHARE) * idleKelvin;
  }

  celsius({ inletCelsius, inletOffsetCelsius }: GpuConditions): number {
    return inletCelsius + inletOffsetCelsius + this.sinkKelvin + this.dieKelvin;
  }

  leakageMilliwatts(conditions: GpuConditions): number {
    return LEAKAGE_MILLIWATTS_PER_KELVIN * Math.max(0, this.celsius(conditions) - LEAKAGE_FROM_CELSIUS);
  }

  /** `powerMilliwatts`: the mean of the elapsed time. */
  integrate(elapsedNs: number, powerMilliwatts: number, { coolingLostRatio }: GpuConditions): void {
    const { kelvinPerWatt } = this.board;
    const watts = powerMilliwatts / 1_000;
    const sinkResistance = SINK_SHARE * kelvinPerWatt;
    const dieResistance = kelvinPerWatt / (1 - coolingLostRatio) - sinkResistance;
    this.sinkKelvin += (sinkResistance * watts - this.sinkKelvin) * -Math.expm1(-elapsedNs / SINK_LAG_NS);
    this.dieKelvin += (dieResistance * watts - this.dieKelvin) * -Math.expm1(-elapsedNs / DIE_LAG_NS);
  }
}
