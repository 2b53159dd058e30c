import type { SampleLine } from './telemetry/sample-line.js';
import type { GpuSource } from './telemetry/telemetry.js';
import type { TokenStream } from './token-stream.js';

/** How far one sensor of a GPU comes behind the tokens that this GPU's work became. */
export interface SensorLag {
  /** The GPU's. */
  readonly sourceId: string;
  readonly metric: string;
  /** Above 0: the sensor shows later what the tokens showed. Averaging windows, refresh periods and clocks all add to it. */
  readonly lagNs: number;
  /** Lags from here to `toNs` fit as well as chance can tell. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Pearson's, at `lagNs`; 0 to 1. */
  readonly correlationRatio: number;
}

const DISAGREEING_LAG_NS = 50_000_000;

/** What rises and falls with the work of a GPU. */
export const ACTIVITY_METRICS: readonly string[] = [
  'power_instant_mw',
  'power_average_mw',
  'utilization_gpu_pct',
  'gpm_sm_pct',
  'gpm_tensor_pct',
  'gpm_dram_pct',
];

const BIN_NS = 10_000_000;
/** A minute: more tell the lag no better. */
const MOST_BINS_COUNT = 6_000;
const [EARLIEST_BINS, LATEST_BINS] = [-30, 150];
/** Turns of the whole run by more than a lag can be, which show what chance correlates. */
const CHANCE_TURNS_COUNT = 39;
const LEAST_CORRELATION_RATIO = 0.3;

/**
 * Cross-correlates the token rate with each GPU's activity, in bins of 10 ms, over lags from -0.3 to 1.5 s. In order of GPU and metric; absent is a sensor
 * whose best lag correlates below 0.3 or no better than the run does with itself turned by more: an even load tells no lag.
 */
export function sensorLags(streams: readonly TokenStream[], gpus: readonly GpuSource[]): SensorLag[] {
  const rate = tokenRate(streams);
  if (rate === undefined) return [];
  return gpus.flatMap((gpu) =>
    ACTIVITY_METRICS.flatMap((metric) => {
      const line = gpu.line(metric);
      const lag = line === undefined ? undefined : lagOf(rate, line);
      return lag === undefined ? [] : [{ sourceId: gpu.sourceId, metric, ...lag }];
    }),
  );
}

/** Whether the sensor is surely more than 50 ms off: what it shows of a shorter time is of another one. */
export function disagrees({ fromNs, toNs }: SensorLag): boolean {
  return fromNs > DISAGREEING_LAG_NS || toNs < -DISAGREEING_LAG_NS;
}

interface TokenRate {
  readonly fromNs: number;
  readonly tokens: Float64Array;
}

/** `undefined` for a run too short to be turned by more than a lag. */
function tokenRate(streams: readonly TokenStream[]): TokenRate | undefined {
  let [fromNs, toNs] = [Infinity, -Infinity];
  for (const { timings } of streams) {
    fromNs = Math.min(fromNs, timings.arrivalsNs[0] ?? Infinity);
    toNs = Math.max(toNs, timings.arrivalsNs.at(-1) ?? -Infinity);
  }
  const count = Math.min(MOST_BINS_COUNT, Math.floor((toNs - fromNs) / BIN_NS));
  if (!(count > 4 * LATEST_BINS)) return undefined;
  const tokens = new Float64Array(count);
  for (const { timings } of streams)
    for (const [index, arrivalNs] of timings.arrivalsNs.entries()) {
      const bin = Math.floor((arrivalNs - fromNs) / BIN_NS);
      if (bin < count) tokens[bin] = (tokens[bin] ?? 0) + (timings.tokenCounts[index] ?? 0);
    }
  return { fromNs, tokens };
}

function lagOf(
  { fromNs, tokens }: TokenRate,
  line: SampleLine,
): Pick<SensorLag, 'lagNs' | 'fromNs' | 'toNs' | 'correlationRatio'> | undefined {
  const levels = tokens.map((_, bin) => line.levelAt(fromNs + (bin + 0.5) * BIN_NS) ?? NaN);
  const turned = new TurnedCorrelation(tokens, levels);
  const correlations = Array.from({ length: LATEST_BINS - EARLIEST_BINS + 1 }, (_, index) =>
    turned.at(EARLIEST_BINS + index),
  );
  const best = correlations.reduce((most, ratio) => Math.max(most, ratio), -Infinity);
  const chance = chanceCorrelations(turned, tokens.length);
  if (!(best >= LEAST_CORRELATION_RATIO) || chance.some((ratio) => ratio >= best)) return undefined;
  const deviation = Math.sqrt(chance.reduce((sum, ratio) => sum + ratio * ratio, 0) / chance.length);
  const asGood = (ratio: number): boolean => ratio >= best - deviation * (1 - best * best);
  const lagNsAt = (index: number): number => (EARLIEST_BINS + index) * BIN_NS;
  const bestIndex = correlations.indexOf(best);
  return {
    lagNs: lagNsAt(bestIndex),
    fromNs: lagNsAt(correlations.findIndex(asGood)),
    toNs: lagNsAt(correlations.findLastIndex(asGood)),
    correlationRatio: best,
  };
}

function chanceCorrelations(turned: TurnedCorrelation, binsCount: number): number[] {
  const room = binsCount - 3 * LATEST_BINS;
  return Array.from({ length: CHANCE_TURNS_COUNT }, (_, index) =>
    turned.at(2 * LATEST_BINS + Math.floor((room * index) / CHANCE_TURNS_COUNT)),
  );
}

/**
 * Of the tokens with the levels that stand so many bins later, over the bins whose level is known; the end goes on at the beginning. Whatever the turn, each
 * level is met once: what is of levels alone is summed once, and an unknown one weighs nothing. Eight GPUs have ten thousand turns to try.
 */
class TurnedCorrelation {
  private readonly weights: Float64Array;
  private readonly levels: Float64Array;
  private readonly count: number;
  private readonly y: number;
  private readonly yy: number;

  /** `levels` as many as `tokens`, NaN where not known. */
  constructor(
    private readonly tokens: Float64Array,
    levels: Float64Array,
  ) {
    this.weights = levels.map((level) => (Number.isNaN(level) ? 0 : 1));
    this.levels = levels.map((level) => (Number.isNaN(level) ? 0 : level));
    this.count = this.weights.reduce((sum, weight) => sum + weight, 0);
    this.y = this.levels.reduce((sum, level) => sum + level, 0);
    this.yy = this.levels.reduce((sum, level) => sum + level * level, 0);
  }

  at(turnBins: number): number {
    const { tokens, levels, weights, count, y, yy } = this;
    const { length } = tokens;
    let [x, xx, xy] = [0, 0, 0];
    let later = (turnBins + length) % length;
    for (let bin = 0; bin < length; bin += 1) {
      const tokensInBin = tokens[bin] ?? 0;
      const weighted = tokensInBin * (weights[later] ?? 0);
      x += weighted;
      xx += weighted * tokensInBin;
      xy += tokensInBin * (levels[later] ?? 0);
      later = later + 1 === length ? 0 : later + 1;
    }
    const spread = Math.sqrt((count * xx - x * x) * (count * yy - y * y));
    return spread > 0 ? (count * xy - x * y) / spread : 0;
  }
}
