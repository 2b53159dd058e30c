/** What a test over all circular shifts found of one exposure. */
export interface ShiftTest {
  /** How often any exposure of the family lies as well beside the train by chance; never below what is attainable. */
  readonly familyWisePRatio: number;
  /** The smallest that this run can show: the exposure's autocorrelation width over the run's length. */
  readonly attainablePRatio: number;
}

/** By how many bins a cause may precede its stall, and a stamp its sample. */
const LAG_BINS: readonly number[] = [-1, 0, 1, 2];
/** Where an exposure is no longer like itself. */
const UNLIKE_RATIO = 0.3;
/** More episodes than this add little and cost time: they are thinned evenly. */
const MOST_EPISODES_COUNT = 512;

/**
 * Whether episodes lie beside exposures more often than chance: the train of episodes is turned round the run by every number of bins, which keeps its own
 * clusters and the exposures' own slowness, and the best of all exposures and lags at each turn is what a finding must beat. Masked bins are cut out beforehand.
 * In the order of `exposures`; each has as many bins as the others, at least one.
 */
export function shiftTests(
  episodeBins: readonly number[],
  exposures: readonly Float64Array[],
): readonly ShiftTest[] {
  const every = Math.max(1, Math.ceil(episodeBins.length / MOST_EPISODES_COUNT));
  const train = episodeBins.filter((_, index) => index % every === 0);
  const scores = exposures.map((exposure) => scoresByShift(train, withoutUnknown(exposure)));
  const best = maximumOf(scores);
  return exposures.map((exposure, index) => {
    const length = exposure.length;
    const width = autocorrelationWidth(withoutUnknown(exposure));
    const found = scores[index]?.[0] ?? -Infinity;
    let asGood = width;
    for (let shift = width; shift <= length - width; shift += 1)
      if ((best[shift] ?? -Infinity) >= found) asGood += 1;
    return { familyWisePRatio: Math.min(1, asGood / length), attainablePRatio: Math.min(1, width / length) };
  });
}

/** Where nobody looked, an exposure neither speaks for nor against. */
function withoutUnknown(exposure: Float64Array): Float64Array {
  let [sum, count] = [0, 0];
  for (const ratio of exposure) {
    if (Number.isNaN(ratio)) continue;
    sum += ratio;
    count += 1;
  }
  const mean = count === 0 ? 0 : sum / count;
  return exposure.map((ratio) => (Number.isNaN(ratio) ? mean : ratio));
}

/** By shift, the best lag's standard score: how far the exposure beside the train lies above its mean over all shifts. */
function scoresByShift(train: readonly number[], exposure: Float64Array): Float64Array {
  const length = exposure.length;
  const beside = new Float64Array(length);
  for (const bin of train)
    for (let shift = 0; shift < length; shift += 1)
      beside[shift] = (beside[shift] ?? 0) + (exposure[(bin + shift) % length] ?? 0);
  const mean = beside.reduce((sum, value) => sum + value, 0) / length;
  const deviation = Math.sqrt(beside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length);
  if (deviation < 1e-9) return new Float64Array(length);
  return beside.map((_, shift) =>
    LAG_BINS.reduce(
      (best, lagIndex) =>
        Math.max(best, ((beside[(shift - lagIndex + length) % length] ?? 0) - mean) / deviation),
      -Infinity,
    ),
  );
}

function maximumOf(scores: readonly Float64Array[]): Float64Array {
  const best = new Float64Array(scores[0]?.length ?? 0).fill(-Infinity);
  for (const score of scores)
    score.forEach((value, shift) => (best[shift] = Math.max(best[shift] ?? -Infinity, value)));
  return best;
}

/** In bins, both sides: how far a shift must go to meet another exposure; at least the lags' span. */
export function autocorrelationWidth(exposure: Float64Array): number {
  const length = exposure.length;
  const mean = exposure.reduce((sum, value) => sum + value, 0) / Math.max(1, length);
  const variance = exposure.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  let width = 1;
  while (width < length / 4 && variance > 0) {
    let covariance = 0;
    for (let bin = 0; bin < length; bin += 1)
      covariance += ((exposure[bin] ?? 0) - mean) * ((exposure[(bin + width) % length] ?? 0) - mean);
    if (covariance < UNLIKE_RATIO * variance) break;
    width += 1;
  }
  return Math.max(LAG_BINS.length, width);
}
