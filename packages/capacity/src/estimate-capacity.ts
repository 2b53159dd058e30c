import { bracketOf } from './bracket.js';
import { mostSustained } from './bursts.js';
import { fitThreshold, type Threshold } from './fit-threshold.js';
import type { MeasuredPoint } from './point-outcome.js';
import type { SearchOptions } from './search-options.js';

export interface CapacityEstimate {
  readonly load: number;
  /** 95 % interval. */
  readonly lowLoad: number;
  readonly highLoad: number;
  /** The term that fails first; the number of terms itself where the engine cannot keep up before any of them fails. */
  readonly bindingTermIndex: number;
  /** Each term's own capacity, and that of keeping up last; `undefined` where it never came into doubt. */
  readonly thresholds: readonly (Threshold | undefined)[];
}

/** Beyond the loads that were measured the estimate may go so far. */
const BEYOND_RATIO = 1.5;
/** From so many refining runs on, the bracketing ones are left out: they share a seed and may have been stopped by what they said. */
const ENOUGH_RUNS_COUNT = 3;
/** A single run may look over-saturated by chance. */
const FEWEST_SATURATED_COUNT = 2;
const KEEPS_UP_TARGET_RATIO = 0.5;

/**
 * The capacity by these points: the lowest of the terms' thresholds, between the lowest of the lower and the lowest of the upper ends of their intervals. Where
 * runs were over-saturated, keeping up is a term of its own, whose trials are whole runs. Needs a closed bracket; without one it throws `RangeError`.
 */
export function estimateCapacity(options: SearchOptions, points: readonly MeasuredPoint[]): CapacityEstimate {
  const bracket = bracketOf(points, options);
  if (bracket.kind !== 'closed') throw new RangeError('Expected points on both sides of the capacity');
  const runs = evidence(points);
  const loads = runs.map(({ load }) => load);
  const within = {
    lowLoad: Math.max(options.lowestLoad, Math.min(...loads) / BEYOND_RATIO),
    highLoad: Math.min(
      options.highestLoad,
      mostSustained(points)?.highLoad ?? Infinity,
      Math.max(...loads) * BEYOND_RATIO,
    ),
  };
  const thresholds = options.terms.map(({ targetRatio }, index) =>
    fitThreshold(
      runs.map(({ load, terms }) => ({ load, batches: terms[index]?.batches ?? [] })),
      targetRatio,
      within,
    ),
  );
  return lowestOf([...thresholds, lowest(keepsUp(runs, within), sustained(points))], bracket);
}

function evidence(points: readonly MeasuredPoint[]): readonly MeasuredPoint[] {
  const judged = points.filter(({ purpose, verdict }) => purpose !== 'burst' && verdict !== 'nothing');
  const refined = judged.filter(({ purpose }) => purpose === 'refine');
  return refined.length >= ENOUGH_RUNS_COUNT ? refined : judged;
}

function keepsUp(
  runs: readonly MeasuredPoint[],
  within: { readonly lowLoad: number; readonly highLoad: number },
): Threshold | undefined {
  if (runs.filter(({ verdict }) => verdict === 'saturated').length < FEWEST_SATURATED_COUNT) return undefined;
  const trials = runs.map(({ load, verdict }) => ({
    load,
    batches: [{ goodCount: verdict === 'saturated' ? 0 : 1, totalCount: 1 }],
  }));
  return fitThreshold(trials, KEEPS_UP_TARGET_RATIO, within);
}

/** That the full engine answers no more is known without a run above it. */
function sustained(points: readonly MeasuredPoint[]): Threshold | undefined {
  const most = mostSustained(points);
  return most && { ...most, steepness: Infinity, designEffect: 1 };
}

function lowest(a: Threshold | undefined, b: Threshold | undefined): Threshold | undefined {
  return a === undefined || (b !== undefined && b.load < a.load) ? b : a;
}

function lowestOf(
  thresholds: readonly (Threshold | undefined)[],
  bracket: { readonly lowLoad: number; readonly highLoad: number },
): CapacityEstimate {
  const known = thresholds.flatMap((threshold, index) =>
    threshold === undefined ? [] : [{ ...threshold, index }],
  );
  const [binding] = known.toSorted((a, b) => a.load - b.load);
  if (binding === undefined) return { ...bracket, load: bracket.lowLoad, bindingTermIndex: 0, thresholds };
  return {
    load: binding.load,
    lowLoad: Math.min(...known.map(({ lowLoad }) => lowLoad)),
    highLoad: Math.min(...known.map(({ highLoad }) => highLoad)),
    bindingTermIndex: binding.index,
    thresholds,
  };
}
