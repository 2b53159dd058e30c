import { cachedBy } from './content-cache.js';
import { judgeTier, scenarioUnder } from './judge-run.js';
import type { RunOutcome } from './run-outcome.js';
import type { RunSpec } from './run-spec.js';
import { computeTruth } from './run-truth.js';
import { expectedCauses } from './scenario-files.js';

/** All that a virtual run is made of. */
const SIMULATOR = ['scenario', 'serving-sim', 'metrics', 'workload'].map(distOf);
/** All that a run's judgement is made of. */
const JUDGE = [
  ...SIMULATOR,
  ...['clock-sync', 'server-metrics', 'trace-schema', 'diagnosis'].map(distOf),
  'test/fault-matrix/dist',
];

function distOf(name: string): string {
  return `packages/${name}/dist`;
}

/** What came of a run under each of its tiers. Kept, as its truth is, until the code or the scenario changes. */
export async function judgeRun(spec: RunSpec): Promise<RunOutcome[]> {
  const { scenario, family, seed } = spec;
  const outcomes: RunOutcome[] = [];
  for (const tier of spec.tiers) {
    const input = [{ scenario, family, seed, tier }, expectedCauses()[scenario], scenarioUnder(spec, tier)];
    outcomes.push(
      await cachedBy(JUDGE, input, () =>
        judgeTier(spec, tier, (run) =>
          cachedBy(SIMULATOR, ['truth', seed, run], () => computeTruth(run, seed)),
        ),
      ),
    );
  }
  return outcomes;
}
