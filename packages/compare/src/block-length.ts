/**
 * How many requests in turn a block of the bootstrap should have, so that blocks are about as good as independent: Politis and White
 * (2004) with the correction of Patton, Politis and White (2009), for the circular block bootstrap. 1 for a series without memory, or one that
 * never changes; at most the smaller of 3 sqrt(n) and n / 3, as they advise.
 */
export function blockLength(series: Float64Array): number {
  const count = series.length;
  const most = Math.max(1, Math.ceil(Math.min(3 * Math.sqrt(count), count / 3)));
  const mean = series.reduce((sum, value) => sum + value, 0) / count;
  const centred = series.map((value) => value - mean);
  const variance = autocovariance(centred, 0);
  if (!(variance > 0)) return 1;
  const lagsCount = lagsThatMatter(centred, variance);
  let slope = 0;
  let spectrum = variance;
  for (let distance = 1; distance <= lagsCount; distance += 1) {
    const weighted = 2 * flatTop(distance / lagsCount) * autocovariance(centred, distance);
    slope += weighted * distance;
    spectrum += weighted;
  }
  if (!(spectrum > 0)) return most;
  const length = ((2 * slope ** 2) / ((4 / 3) * spectrum ** 2)) ** (1 / 3) * count ** (1 / 3);
  return Math.min(most, Math.max(1, Math.ceil(length)));
}

/** Twice the distance from which on the autocorrelations stay within what chance gives, over so many in turn. */
function lagsThatMatter(centred: Float64Array, variance: number): number {
  const count = centred.length;
  const inTurn = Math.max(5, Math.ceil(Math.sqrt(Math.log10(count))));
  const furthest = Math.ceil(Math.sqrt(count)) + inTurn;
  const chance = 2 * Math.sqrt(Math.log10(count) / count);
  let quiet = 0;
  let last = 0;
  for (let distance = 1; distance <= Math.min(furthest, count - 1) && quiet < inTurn; distance += 1) {
    const isChance = Math.abs(autocovariance(centred, distance) / variance) < chance;
    quiet = isChance ? quiet + 1 : 0;
    if (!isChance) last = distance;
  }
  return Math.min(2 * Math.max(1, last), furthest, count - 1);
}

/** Their window: 1 up to the middle, then falling to 0. */
function flatTop(ratio: number): number {
  return ratio <= 0.5 ? 1 : 2 * (1 - ratio);
}

function autocovariance(centred: Float64Array, distance: number): number {
  let sum = 0;
  for (let index = distance; index < centred.length; index += 1) {
    sum += (centred[index] ?? 0) * (centred[index - distance] ?? 0);
  }
  return sum / centred.length;
}

/** Ranks from 0, equal values sharing the middle of theirs: a series whose outliers weigh no more than others. Values that are not numbers lie in the middle. */
export function ranksOf(series: Float64Array): Float64Array {
  const known = [...series.keys()].filter((index) => !Number.isNaN(series[index]));
  const ranks = new Float64Array(series.length).fill((known.length - 1) / 2);
  known.sort((a, b) => compareValues(series[a] ?? 0, series[b] ?? 0));
  for (let from = 0; from < known.length;) {
    let to = from + 1;
    while (to < known.length && series[known[to] ?? 0] === series[known[from] ?? 0]) to += 1;
    for (const index of known.slice(from, to)) ranks[index] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

/** Infinities are equal to each other. */
function compareValues(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
