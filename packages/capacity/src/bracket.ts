import { burstRange, mostSustained } from './bursts.js';
import type { MeasuredPoint } from './point-outcome.js';
import type { SearchOptions } from './search-options.js';

/** Between which loads the SLO turns. */
export type Bracket =
  | { readonly kind: 'open'; readonly nextLoad: number }
  | { readonly kind: 'closed'; readonly lowLoad: number; readonly highLoad: number }
  | { readonly kind: 'below_lowest' }
  | { readonly kind: 'above_highest' };

/** Of what a full engine ends: most SLOs turn a little below it. */
const BELOW_FULL_RATIO = 0.8;
/** From one load to the next: far where nothing is known, near where bursts told about where. */
const STEP_RATIO = { far: 2, near: 1.25 } as const;

/**
 * The bracket that the bracketing points give. What straddles goes by the side on which it lies: a bracket says where to look, and the runs
 * after it may lead out of it again.
 */
export function bracketOf(points: readonly MeasuredPoint[], options: SearchOptions): Bracket {
  const { lowestLoad, highestLoad } = options;
  const bracketing = points.filter(({ purpose }) => purpose === 'bracket');
  const bad = bracketing.filter((point) => !leansToMet(point, options)).map(({ load }) => load);
  const mostLoad = mostSustained(points)?.highLoad;
  const highLoad = [...bad, ...(mostLoad === undefined ? [] : [mostLoad])].reduce<number | undefined>(
    (least, load) => Math.min(least ?? load, load),
    undefined,
  );
  const good = bracketing
    .filter((point) => leansToMet(point, options) && point.load < (highLoad ?? Infinity))
    .map(({ load }) => load);
  const lowLoad = good.length === 0 ? undefined : Math.max(...good);
  if (lowLoad !== undefined && highLoad !== undefined) return { kind: 'closed', lowLoad, highLoad };
  const guess = firstGuess(points, options);
  if (bracketing.length === 0) return { kind: 'open', nextLoad: guess.load };
  if (highLoad !== undefined)
    return highLoad <= lowestLoad
      ? { kind: 'below_lowest' }
      : { kind: 'open', nextLoad: Math.max(lowestLoad, stepDown(highLoad, guess.metLoad)) };
  if (lowLoad === undefined) return { kind: 'open', nextLoad: guess.load };
  return lowLoad >= highestLoad
    ? { kind: 'above_highest' }
    : { kind: 'open', nextLoad: Math.min(highestLoad, lowLoad * guess.stepRatio) };
}

interface Guess {
  readonly load: number;
  readonly stepRatio: number;
  /** A load that is likely to be met, by the largest burst that was. */
  readonly metLoad: number | undefined;
}

function firstGuess(
  points: readonly MeasuredPoint[],
  { startLoad, lowestLoad, highestLoad }: SearchOptions,
): Guess {
  const range = burstRange(points.filter(({ purpose }) => purpose === 'burst'));
  if (startLoad !== undefined || range === undefined) {
    const load = startLoad ?? Math.min(highestLoad, Math.max(lowestLoad, 1));
    return { load, stepRatio: STEP_RATIO.far, metLoad: undefined };
  }
  const load = Math.min(
    highestLoad,
    Math.max(lowestLoad, BELOW_FULL_RATIO * (range.fullPerS ?? range.mostPerS)),
  );
  return { load: Number(load.toPrecision(6)), stepRatio: STEP_RATIO.near, metLoad: range.metPerS };
}

/** To what a burst met where that lies within a step below; else a far step. */
function stepDown(highLoad: number, metLoad: number | undefined): number {
  const far = highLoad / STEP_RATIO.far;
  return metLoad === undefined ? far : Math.max(far, Math.min(highLoad / STEP_RATIO.near, metLoad));
}

/** Met, or in doubt with the share seen on the side of met. */
export function leansToMet({ verdict, terms }: MeasuredPoint, options: SearchOptions): boolean {
  if (verdict !== 'straddles') return verdict === 'met';
  return terms.every(
    ({ goodCount, totalCount }, index) => goodCount >= (options.terms[index]?.targetRatio ?? 0) * totalCount,
  );
}
