import { butForTruth, type DeadlineCounts, type MissTruth, type Scenario } from '@fluidscope/scenario';
import { cachedBy } from './content-cache.js';

/** The truth of a run, as far as scoring needs it. */
export interface RunTruth {
  readonly whole: DeadlineCounts;
  readonly without: Readonly<Record<string, DeadlineCounts>>;
  readonly misses: readonly ScoredMiss[];
}

export type ScoredMiss = Pick<MissTruth, 'seq' | 'arrivalNs' | 'missedCount' | 'shares' | 'baselineShare'> & {
  readonly requestIndex: number;
};

/** All that a virtual run is made of. */
export const SIMULATOR = ['scenario', 'serving-sim', 'metrics', 'workload'].map(
  (name) => `packages/${name}/dist`,
);

/** Replays take as long as the runs themselves, and are the same until the scenario or the simulator changes: they are kept. */
export function truthOf(scenario: Scenario, seed: number): Promise<RunTruth> {
  return cachedBy(SIMULATOR, ['truth', seed, scenario], () => {
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
  });
}
