import type { MeasuredPoint } from './point-outcome.js';
import type { SearchOptions } from './search-options.js';

/** Between which loads the SLO turns. */
export type Bracket =
  | { readonly kind: 'open'; readonly nextLoad: number }
  | { readonly kind: 'closed'; readonly lowLoad: number; readonly highLoad: number }
  | { readonly kind: 'below_lowest' }
  | { readonly kind: 'above_highest' };

/**
 * The bracket that the bracketing points give. What straddles goes by the side on which it lies: a bracket says where to look, and the runs
 * after it may lead out of it again.
 */
export function bracketOf(points: readonly MeasuredPoint[], options: SearchOptions): Bracket {
  const { startLoad, lowestLoad, highestLoad } = options;
  const bracketing = points.filter(({ purpose }) => purpose === 'bracket');
  const bad = bracketing.filter((point) => !leansToMet(point, options)).map(({ load }) => load);
  const highLoad = bad.length === 0 ? undefined : Math.min(...bad);
  const good = bracketing
    .filter((point) => leansToMet(point, options) && point.load < (highLoad ?? Infinity))
    .map(({ load }) => load);
  const lowLoad = good.length === 0 ? undefined : Math.max(...good);
  if (lowLoad !== undefined && highLoad !== undefined) return { kind: 'closed', lowLoad, highLoad };
  if (highLoad !== undefined)
    return highLoad <= lowestLoad
      ? { kind: 'below_lowest' }
      : { kind: 'open', nextLoad: Math.max(lowestLoad, highLoad / 2) };
  if (lowLoad === undefined) return { kind: 'open', nextLoad: startLoad };
  return lowLoad >= highestLoad
    ? { kind: 'above_highest' }
    : { kind: 'open', nextLoad: Math.min(highestLoad, lowLoad * 2) };
}

function leansToMet({ verdict, terms }: MeasuredPoint, options: SearchOptions): boolean {
  if (verdict !== 'straddles') return verdict === 'met';
  return terms.every(
    ({ goodCount, totalCount }, index) => goodCount >= (options.terms[index]?.targetRatio ?? 0) * totalCount,
  );
}
