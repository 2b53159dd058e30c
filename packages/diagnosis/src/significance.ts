import type { BatchTimeline } from './batch-timeline.js';
import type { NamedCause } from './causes/cause-rule.js';
import { matchedWindows, type Random } from './controls.js';
import type { Episode } from './episodes.js';
import type { CauseExposure } from './exposure.js';
import { liftOf, type Lift } from './lift.js';
import { autocorrelationWidth, shiftTests, type ShiftTest } from './shift-test.js';
import { overlapNs, type Span } from './spans.js';
import { binAt, type TimeBins } from './time-bins.js';

/** How the episodes of a run lie beside one cause at one place: told beside stronger evidence, and needed by a claim of coincidence alone. */
export interface Coincidence {
  readonly cause: NamedCause;
  readonly sourceId: string | undefined;
  readonly episodesCount: number;
  /** `undefined` under eight episodes: too few to tell chance from more. */
  readonly test: ShiftTest | undefined;
  /** `undefined` where no like window without a stall was found. */
  readonly lift: Lift | undefined;
}

export interface RunOfEpisodes {
  readonly bins: TimeBins;
  readonly batches: readonly BatchTimeline[];
  /** Time that says nothing; in order, without overlaps. */
  readonly masked: readonly Span[];
  readonly random: Random;
}

const FEWEST_EPISODES_COUNT = 8;
const MOST_P_RATIO = 0.05;

/** One for each exposure, in their order. */
export function coincidencesOf(
  episodes: readonly Episode[],
  exposures: readonly CauseExposure[],
  run: RunOfEpisodes,
): Coincidence[] {
  if (episodes.length === 0 || run.bins.count === 0 || exposures.length === 0) return [];
  const tests = testsOf(episodes, exposures, run);
  const widest = exposures.reduce(
    (most, { activeRatios }) => Math.max(most, autocorrelationWidth(activeRatios.map((ratio) => ratio || 0))),
    1,
  );
  const distanceBins = Math.min(2 * widest, Math.floor(run.bins.count / 10));
  const windows = matchedWindows(episodes, { ...run, distanceBins });
  return exposures.map(({ cause, sourceId, activeRatios }, index) => ({
    cause,
    sourceId,
    episodesCount: episodes.length,
    test: tests[index],
    lift: liftOf(windows, activeRatios, run.random),
  }));
}

function testsOf(
  episodes: readonly Episode[],
  exposures: readonly CauseExposure[],
  { bins, masked }: RunOfEpisodes,
): readonly ShiftTest[] {
  const places = keptBins(bins, masked);
  const train = episodes.flatMap(({ startNs }) => places.get(binAt(bins, startNs)) ?? []);
  if (train.length < FEWEST_EPISODES_COUNT) return [];
  return shiftTests(
    train,
    exposures.map(({ activeRatios }) => activeRatios.filter((_, bin) => places.has(bin))),
  );
}

/** By bin of the run its place among those that are not masked. */
function keptBins({ fromNs, binNs, count }: TimeBins, masked: readonly Span[]): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  for (let bin = 0; bin < count; bin += 1) {
    const atNs = fromNs + bin * binNs;
    if (overlapNs(masked, atNs, atNs + binNs) <= binNs / 2) places.set(bin, places.size);
  }
  return places;
}

/** Whether a claim that rests on coincidence alone may be made. */
export function isSignificant(
  coincidences: readonly Coincidence[],
  cause: NamedCause,
  sourceId: string | undefined,
): boolean {
  return coincidences.some(
    (each) =>
      each.cause === cause &&
      (each.sourceId === sourceId || sourceId === undefined) &&
      each.test !== undefined &&
      each.test.familyWisePRatio <= MOST_P_RATIO,
  );
}
