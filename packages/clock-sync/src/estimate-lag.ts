const NS_PER_MS = 1_000_000;
/** Fewer bins than this in common say nothing of a correlation. */
const MIN_SHARED_BINS = 50;

/** A quantity as it was read, in order of time; each value holds until the next. */
export interface HeldSeries {
  readonly timesNs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface LagOptions {
  /** Width of a bin, and with it the resolution; default 10 ms. */
  readonly binNs?: number;
  /** The farthest lag looked at, both ways; default 2 s. */
  readonly maxLagNs?: number;
  /** Below this the two are not taken for related; default 0.3. */
  readonly minCorrelationRatio?: number;
}

export interface LagEstimate {
  /** How long after the tokens the activity shows what made them; negative when before. */
  readonly lagNs: number;
  /** Pearson's r at that lag. */
  readonly correlationRatio: number;
}

/**
 * How far a GPU metric lags behind the tokens that the GPU's work gave, by the peak of the cross-correlation of token rate and metric on a
 * grid of bins, refined by a parabola through the peak and its neighbours. It is the lag as seen: sensor, averaging window, refresh
 * period, and how long tokens take to the client, which counts against it.
 *
 * Both on one clock, times in order. `undefined` where nothing can be said: too little in common (under 50 bins beside the lags looked
 * at), one of them constant, a peak below `minCorrelationRatio` or at the edge of the lags. Takes time as bins times lags.
 */
export function estimateLag(
  tokenTimesNs: ArrayLike<number>,
  activity: HeldSeries,
  options: LagOptions = {},
): LagEstimate | undefined {
  const { binNs = 10 * NS_PER_MS, maxLagNs = 2_000 * NS_PER_MS, minCorrelationRatio = 0.3 } = options;
  const lagsCount = Math.max(Math.round(maxLagNs / binNs), 1);
  const fromNs = Math.max(tokenTimesNs[0] ?? Number.NaN, activity.timesNs[0] ?? Number.NaN);
  const toNs = Math.min(
    tokenTimesNs[tokenTimesNs.length - 1] ?? Number.NaN,
    activity.timesNs[activity.timesNs.length - 1] ?? Number.NaN,
  );
  const bins = Math.floor((toNs - fromNs) / binNs);
  if (!(bins >= 2 * lagsCount + MIN_SHARED_BINS)) return undefined;
  const grid = { fromNs, binNs, bins };
  const binTokens = countsOn(grid, tokenTimesNs);
  const levels = levelsOn(grid, activity);
  // The same stretch of tokens for every lag, so that lags compare.
  const middle = { fromBin: lagsCount, toBin: bins - lagsCount };
  const correlations = Float64Array.from({ length: 2 * lagsCount + 1 }, (_, index) =>
    correlationAt({ binTokens, levels, ...middle, shift: index - lagsCount }),
  );
  const peak = correlations.reduce(
    (best, each, index) => (each > (correlations[best] ?? 0) ? index : best),
    0,
  );
  const height = correlations[peak] ?? 0;
  if (peak === 0 || peak === 2 * lagsCount || !(height >= minCorrelationRatio)) return undefined;
  const offset = parabolaTop(correlations[peak - 1] ?? 0, height, correlations[peak + 1] ?? 0);
  return { lagNs: Math.round((peak - lagsCount + offset) * binNs), correlationRatio: height };
}

interface Grid {
  readonly fromNs: number;
  readonly binNs: number;
  readonly bins: number;
}

function countsOn({ fromNs, binNs, bins }: Grid, timesNs: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(bins);
  for (let index = 0; index < timesNs.length; index += 1) {
    const bin = Math.floor(((timesNs[index] ?? 0) - fromNs) / binNs);
    if (bin >= 0 && bin < bins) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** What had last been read in the middle of each bin. */
function levelsOn({ fromNs, binNs, bins }: Grid, { timesNs, values }: HeldSeries): Float64Array {
  let next = 0;
  return Float64Array.from({ length: bins }, (_, bin) => {
    const atNs = fromNs + (bin + 0.5) * binNs;
    while (next < timesNs.length && (timesNs[next] ?? Infinity) <= atNs) next += 1;
    return values[next - 1] ?? 0;
  });
}

interface Shifted {
  readonly binTokens: Float64Array;
  readonly levels: Float64Array;
  readonly fromBin: number;
  readonly toBin: number;
  readonly shift: number;
}

/** Pearson's r of the token counts with the levels `shift` bins later; 0 where either is constant. */
function correlationAt({ binTokens, levels, fromBin, toBin, shift }: Shifted): number {
  const count = toBin - fromBin;
  let rateSum = 0;
  let levelSum = 0;
  for (let bin = fromBin; bin < toBin; bin += 1) {
    rateSum += binTokens[bin] ?? 0;
    levelSum += levels[bin + shift] ?? 0;
  }
  let product = 0;
  let rateSquares = 0;
  let levelSquares = 0;
  for (let bin = fromBin; bin < toBin; bin += 1) {
    const arrived = (binTokens[bin] ?? 0) - rateSum / count;
    const level = (levels[bin + shift] ?? 0) - levelSum / count;
    product += arrived * level;
    rateSquares += arrived * arrived;
    levelSquares += level * level;
  }
  const scale = Math.sqrt(rateSquares * levelSquares);
  return scale > 0 ? product / scale : 0;
}

/** Where between -0.5 and 0.5 bins a parabola through three neighbouring heights has its top. */
function parabolaTop(before: number, top: number, after: number): number {
  const bend = before - 2 * top + after;
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0;
}
