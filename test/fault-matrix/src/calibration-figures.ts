import type { ClaimOutcome } from './run-outcome.js';

/** Claims of about one confidence: what they said and how often they were right, by the misses that they claimed. */
export interface CalibrationBin {
  readonly fromRatio: number;
  readonly toRatio: number;
  readonly weight: number;
  readonly confidenceRatio: number;
  readonly correctRatio: number;
}

const EDGES = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1];

export function calibrationBins(claims: readonly ClaimOutcome[]): CalibrationBin[] {
  return EDGES.slice(1).flatMap((toRatio, index) => {
    const fromRatio = EDGES[index] ?? 0;
    const within = claims.filter(
      ({ confidence }) => confidence >= fromRatio && (confidence < toRatio || toRatio === 1),
    );
    const weight = sumOf(within, (claim) => claim.weight);
    if (weight === 0) return [];
    return [
      {
        fromRatio,
        toRatio,
        weight,
        confidenceRatio: sumOf(within, (claim) => claim.confidence * claim.weight) / weight,
        correctRatio: sumOf(within, (claim) => claim.correctWeight) / weight,
      },
    ];
  });
}

/** The mean distance of what was said from what was right; `undefined` without a claim. */
export function expectedCalibrationError(bins: readonly CalibrationBin[]): number | undefined {
  const total = sumOf(bins, ({ weight }) => weight);
  if (total === 0) return undefined;
  return (
    sumOf(bins, ({ weight, confidenceRatio, correctRatio }) =>
      Math.abs(weight * (confidenceRatio - correctRatio)),
    ) / total
  );
}

/** The part of that by which claims said more than was right: a cap on what evidence can show only ever makes them say less. */
export function expectedOverstatement(bins: readonly CalibrationBin[]): number | undefined {
  const total = sumOf(bins, ({ weight }) => weight);
  if (total === 0) return undefined;
  return (
    sumOf(bins, ({ weight, confidenceRatio, correctRatio }) =>
      Math.max(0, weight * (confidenceRatio - correctRatio)),
    ) / total
  );
}

/** Of claims at least so sure, the share that was right; `undefined` for none. */
export function precisionAbove(claims: readonly ClaimOutcome[], confidence: number): number | undefined {
  const sure = claims.filter((claim) => claim.confidence >= confidence);
  const weight = sumOf(sure, (claim) => claim.weight);
  return weight === 0 ? undefined : sumOf(sure, (claim) => claim.correctWeight) / weight;
}

/** The misses of every run together weigh 1, so that one of a hundred thousand does not speak for all. What a run leaves unknown says nothing and weighs nothing here. */
export function balancedClaims(
  runs: readonly { readonly claims: readonly ClaimOutcome[]; readonly missedCount: number }[],
): ClaimOutcome[] {
  return runs.flatMap(({ claims, missedCount }) =>
    claims.map((claim) => ({
      ...claim,
      weight: claim.weight / missedCount,
      correctWeight: claim.correctWeight / missedCount,
    })),
  );
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
