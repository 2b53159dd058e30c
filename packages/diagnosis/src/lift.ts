import type { BinSpan, MatchedWindows, Random } from './controls.js';

/** How much more a cause was at work in the episodes than in the windows that were like them. */
export interface Lift {
  /** Mean exposure in the episodes by that in their controls; above 1 where they go together. */
  readonly liftRatio: number;
  /** 95 % interval by resampling blocks of episodes. */
  readonly liftLowRatio: number;
  readonly liftHighRatio: number;
  /** Mantel and Haenszel's odds ratio over the episodes' strata; half an observation is added to either side, so that it is finite. */
  readonly oddsRatio: number;
  /** Episodes that had a control. */
  readonly matchedCount: number;
}

/** Less of a window than this is no exposure. */
const EXPOSED_RATIO = 0.1;
const RESAMPLES_COUNT = 400;
/** What a control may have had of a cause and not shown it: half of one bin in all of them. */
const UNSEEN_BINS_COUNT = 0.5;

/** `undefined` where no episode has a control, or nothing was exposed. */
export function liftOf(
  windows: readonly MatchedWindows[],
  activeRatios: Float64Array,
  random: Random,
): Lift | undefined {
  const sums = runningSums(activeRatios);
  const strata = windows
    .filter(({ controls }) => controls.length > 0)
    .map(({ episode, controls }) => ({
      seen: meanOver(sums, episode),
      controls: controls.map((control) => meanOver(sums, control)),
    }));
  if (strata.length === 0 || strata.every(({ seen }) => seen === 0)) return undefined;
  const unseenRatio = UNSEEN_BINS_COUNT / strata.reduce((sum, { controls }) => sum + controls.length, 0);
  const ratioOf = (chosen: readonly Stratum[]): number =>
    mean(chosen.map(({ seen }) => seen)) / (mean(chosen.map((each) => mean(each.controls))) + unseenRatio);
  const resampled = Float64Array.from({ length: RESAMPLES_COUNT }, () =>
    ratioOf(resample(strata, random)),
  ).sort();
  return {
    liftRatio: ratioOf(strata),
    liftLowRatio: resampled[Math.floor(0.025 * RESAMPLES_COUNT)] ?? NaN,
    liftHighRatio: resampled[Math.floor(0.975 * RESAMPLES_COUNT)] ?? NaN,
    oddsRatio: oddsRatioOf(strata),
    matchedCount: strata.length,
  };
}

interface Stratum {
  readonly seen: number;
  readonly controls: readonly number[];
}

/** Episodes follow one another: what lies together is drawn together. */
function resample(strata: readonly Stratum[], random: Random): readonly Stratum[] {
  const blockCount = Math.ceil(Math.cbrt(strata.length));
  const drawn: Stratum[] = [];
  while (drawn.length < strata.length) {
    const from = Math.floor(random() * strata.length);
    for (let each = 0; each < blockCount && drawn.length < strata.length; each += 1) {
      const stratum = strata[(from + each) % strata.length];
      if (stratum !== undefined) drawn.push(stratum);
    }
  }
  return drawn;
}

function oddsRatioOf(strata: readonly Stratum[]): number {
  let [forCause, against] = [0.5, 0.5];
  for (const { seen, controls } of strata) {
    const exposedCount = controls.filter((ratio) => ratio >= EXPOSED_RATIO).length;
    const windowsCount = controls.length + 1;
    if (seen >= EXPOSED_RATIO) forCause += (controls.length - exposedCount) / windowsCount;
    else against += exposedCount / windowsCount;
  }
  return forCause / against;
}

/** `[i]` is the sum of the first i; what nobody looked at counts as nothing. */
function runningSums(ratios: Float64Array): Float64Array {
  const sums = new Float64Array(ratios.length + 1);
  ratios.forEach((ratio, bin) => (sums[bin + 1] = (sums[bin] ?? 0) + (Number.isNaN(ratio) ? 0 : ratio)));
  return sums;
}

function meanOver(sums: Float64Array, { from, to }: BinSpan): number {
  return to <= from ? 0 : ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
