import type { PointRequest, TermCount } from './point-outcome.js';

/** Sums of one term over `batchCount` successive batches of about equal numbers of requests; fewer where there are fewer requests. */
export function batchSums(
  requests: readonly PointRequest[],
  termIndex: number,
  batchCount: number,
): readonly TermCount[] {
  const usedCount = Math.min(batchCount, requests.length);
  return Array.from({ length: usedCount }, (_, batch) => {
    const from = Math.floor((batch * requests.length) / usedCount);
    const to = Math.floor(((batch + 1) * requests.length) / usedCount);
    return sumOf(requests.slice(from, to).map(({ counts }) => counts[termIndex]));
  });
}

export function sumOf(counts: readonly (TermCount | undefined)[]): TermCount {
  return counts.reduce<TermCount>(
    (sum, count) => ({
      goodCount: sum.goodCount + (count?.goodCount ?? 0),
      totalCount: sum.totalCount + (count?.totalCount ?? 0),
    }),
    { goodCount: 0, totalCount: 0 },
  );
}

/**
 * How many times the variance of independent trials the share has, by the spread of batches that are long beside what makes neighbours alike
 * (batch means; Law, Simulation Modeling and Analysis, 9.5). At least 1; 1 where the batches cannot tell.
 */
export function designEffectOf(batches: readonly TermCount[]): number {
  const { goodCount, totalCount } = sumOf(batches);
  const ratio = goodCount / totalCount;
  if (batches.length < 2 || !(ratio > 0 && ratio < 1)) return 1;
  const squares = batches.reduce((sum, batch) => sum + (batch.goodCount - ratio * batch.totalCount) ** 2, 0);
  const spread = (squares * batches.length) / (batches.length - 1);
  return Math.max(1, spread / (totalCount * ratio * (1 - ratio)));
}
