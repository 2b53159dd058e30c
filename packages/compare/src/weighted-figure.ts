import type { TermSample } from '@fluidscope/slo';

/** Figures of one sample over requests that each count so many times; NaN where nothing counts. */
export type WeightedFigures = (timesDrawn: Int32Array) => readonly number[];

export interface FigureOptions {
  /** Which quantiles, of a sample that is asked for quantiles: a figure for each. */
  readonly ratios: readonly number[];
  /** Whether the figure is the share of what was not good. */
  readonly isOfBad: boolean;
  /** Of each request its share of the time, which rates are over. */
  readonly sharesNs: Float64Array;
}

/** The figures that a sample gives, as functions of how often each request counts. */
export function weightedFigures(
  sample: TermSample,
  { ratios, isOfBad, sharesNs }: FigureOptions,
): WeightedFigures {
  switch (sample.kind) {
    case 'requests': {
      const good = Float64Array.from(sample.good);
      return ratioFigure(good, new Float64Array(good.length).fill(1), isOfBad);
    }
    case 'deadlines':
      return ratioFigure(sample.good, sample.total, isOfBad);
    case 'rate':
      return ratioFigure(
        sample.counts,
        sharesNs.map((shareNs) => shareNs / 1e9),
        false,
      );
    case 'values':
      return valuesFigures(sample.valuesNs, ratios);
    case 'waits':
      return waitsFigures(sample.waitsNs, ratios);
  }
}

function ratioFigure(good: Float64Array, total: Float64Array, isOfBad: boolean): WeightedFigures {
  return (timesDrawn) => {
    let [goodSum, totalSum] = [0, 0];
    for (let index = 0; index < good.length; index += 1) {
      const drawnCount = timesDrawn[index] ?? 0;
      goodSum += drawnCount * (good[index] ?? 0);
      totalSum += drawnCount * (total[index] ?? 0);
    }
    if (totalSum === 0) return [NaN];
    return [isOfBad ? 1 - goodSum / totalSum : goodSum / totalSum];
  };
}

function valuesFigures(valuesNs: Float64Array, ratios: readonly number[]): WeightedFigures {
  const owners = Int32Array.from([...valuesNs.keys()].filter((index) => !Number.isNaN(valuesNs[index])));
  owners.sort((a, b) => ascending(valuesNs[a] ?? 0, valuesNs[b] ?? 0));
  const values = Float64Array.from(owners, (owner) => valuesNs[owner] ?? NaN);
  const counts = new Float64Array(owners.length);
  return (timesDrawn) => {
    for (let index = 0; index < owners.length; index += 1)
      counts[index] = timesDrawn[owners[index] ?? -1] ?? 0;
    return ratios.map((ratio) => countedQuantile({ values, counts }, ratio));
  };
}

/** Infinities are equal to each other, and their difference is no number. */
function ascending(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Values in ascending order, each so many times. */
interface Counted {
  readonly values: Float64Array;
  readonly counts: Float64Array;
}

/** Linear between the two nearest ranks, as `quantile` of the metrics package has it. */
function countedQuantile({ values, counts }: Counted, ratio: number): number {
  let all = 0;
  for (let index = 0; index < counts.length; index += 1) all += counts[index] ?? 0;
  if (all === 0) return NaN;
  const rank = (all - 1) * ratio;
  let passed = 0;
  let below = NaN;
  for (let index = 0; index < values.length; index += 1) {
    passed += counts[index] ?? 0;
    const value = values[index] ?? NaN;
    if (Number.isNaN(below) && passed > Math.floor(rank)) below = value;
    if (passed > Math.ceil(rank))
      return value === below ? value : below + (value - below) * (rank - Math.floor(rank));
  }
  return below;
}

const MOST_BINS_COUNT = 4_096;

/**
 * Waits are many: they are counted in at most 4,096 bins of about equally many of the run's own, each standing for its longest, so that a
 * quantile of a resampled run is off by less than one in 4,000 of the ranks, and by nothing where there are fewer distinct waits.
 */
function waitsFigures(waitsNs: readonly Float64Array[], ratios: readonly number[]): WeightedFigures {
  const tops = binTops(waitsNs);
  const { offsets, bins, counts } = binned(waitsNs, tops);
  const histogram = new Float64Array(tops.length);
  return (timesDrawn) => {
    histogram.fill(0);
    for (let request = 0; request < waitsNs.length; request += 1) {
      const drawnCount = timesDrawn[request] ?? 0;
      if (drawnCount === 0) continue;
      for (let at = offsets[request] ?? 0; at < (offsets[request + 1] ?? 0); at += 1) {
        const bin = bins[at] ?? 0;
        histogram[bin] = (histogram[bin] ?? 0) + drawnCount * (counts[at] ?? 0);
      }
    }
    return ratios.map((ratio) => countedQuantile({ values: tops, counts: histogram }, ratio));
  };
}

function binTops(waitsNs: readonly Float64Array[]): Float64Array {
  const pooled = new Float64Array(waitsNs.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const waits of waitsNs) {
    pooled.set(waits, offset);
    offset += waits.length;
  }
  pooled.sort();
  const bins = Math.min(MOST_BINS_COUNT, pooled.length);
  const tops = Float64Array.from(
    { length: bins },
    (_, bin) => pooled[Math.ceil(((bin + 1) * pooled.length) / bins) - 1] ?? NaN,
  );
  return tops.filter((top, bin) => top !== tops[bin - 1]);
}

interface Binned {
  /** Where each request's bins begin, and where the last one's end. */
  readonly offsets: Uint32Array;
  readonly bins: Uint16Array;
  readonly counts: Uint32Array;
}

function binned(waitsNs: readonly Float64Array[], tops: Float64Array): Binned {
  const offsets = new Uint32Array(waitsNs.length + 1);
  const bins: number[] = [];
  const counts: number[] = [];
  waitsNs.forEach((waits, request) => {
    const own = new Map<number, number>();
    for (const wait of waits) {
      const bin = binOf(wait, tops);
      own.set(bin, (own.get(bin) ?? 0) + 1);
    }
    for (const [bin, count] of own) {
      bins.push(bin);
      counts.push(count);
    }
    offsets[request + 1] = bins.length;
  });
  return { offsets, bins: Uint16Array.from(bins), counts: Uint32Array.from(counts) };
}

/** The first bin whose top is at or above a wait. */
function binOf(wait: number, tops: Float64Array): number {
  let [low, high] = [0, tops.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle] ?? Infinity) >= wait) high = middle;
    else low = middle + 1;
  }
  return low;
}
