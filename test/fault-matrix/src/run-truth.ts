import { butForTruth, type DeadlineCounts, type MissTruth, type Scenario } from '@fluidscope/scenario';

/** The truth of a run, as far as scoring needs it. */
export interface RunTruth {
  readonly whole: DeadlineCounts;
  readonly without: Readonly<Record<string, DeadlineCounts>>;
  readonly misses: readonly ScoredMiss[];
}

export type ScoredMiss = Pick<MissTruth, 'seq' | 'arrivalNs' | 'missedCount' | 'shares' | 'baselineShare'> & {
  readonly requestIndex: number;
};

export function computeTruth(scenario: Scenario, seed: number): RunTruth {
  const { whole, without, misses } = butForTruth(scenario, seed);
  return {
    whole,
    without,
    misses: misses.map(({ requestId, seq, arrivalNs, missedCount, shares, baselineShare }) => ({
      requestIndex: Number(requestId.slice(1)),
      seq,
      arrivalNs,
      missedCount,
      shares,
      baselineShare,
    })),
  };
}
