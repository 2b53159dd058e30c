import { diagnoseTrace, type Diagnosis, type JudgedEpisode } from '@fluidscope/diagnosis';
import { createMemoryTrace, runScenario, runStartOf, type Scenario } from '@fluidscope/scenario';
import type { Cause, TraceReader } from '@fluidscope/trace-schema';
import { ClaimedMisses } from './claimed-shares.js';
import { readBaselines } from './baselines.js';
import { clockErrors } from './clock-errors.js';
import { Confusion, type ConfusionEntry } from './confusion.js';
import { CAUSES_OF_LOAD, type Label, type Shares } from './labels.js';
import type { ClaimOutcome, CounterfactualOutcome, RunOutcome, SuspicionOutcome } from './run-outcome.js';
import type { RunSpec, Tier } from './run-spec.js';
import { expectedCauses, loadScenario } from './scenario-files.js';
import type { RunTruth, ScoredMiss } from './run-truth.js';
import { truthShares } from './truth-shares.js';

type CauseOf = Readonly<Record<string, Cause>>;

/**
 * Runs a scenario as a tier shows it, and holds what its diagnosis says against the truth, which is of the run itself: no tier changes it, and
 * `truthOf` is asked for the scenario without one.
 */
export async function judgeTier(
  spec: RunSpec,
  tier: Tier,
  truthOf: (scenario: Scenario) => RunTruth | Promise<RunTruth>,
): Promise<RunOutcome> {
  const { scenario, family, seed } = spec;
  const truth = await truthOf(loadScenario(scenario, spec));
  const causeOf = expectedCauses()[scenario] ?? {};
  const seen = await runUnder(spec, tier);
  return {
    ...{ scenario, family, seed, tier },
    ...truth.whole,
    ...holdAgainst(await diagnoseTrace(seen.reader), truth, causeOf),
    baselines: tier === 'all' ? await judgeBaselines(seen, truth, causeOf) : undefined,
    clockErrors: tier === 'all' ? await clockErrors(seen.reader, seen.scenario, seed) : [],
  };
}

/** What a scenario itself says of its telemetry is part of it, so nothing is laid over it where all is seen. */
export function scenarioUnder({ scenario, family }: RunSpec, tier: Tier): Scenario {
  return loadScenario(scenario, { family, ...(tier === 'all' ? {} : { tier }) });
}

interface SeenRun {
  readonly scenario: Scenario;
  readonly reader: TraceReader;
}

async function runUnder(spec: RunSpec, tier: Tier): Promise<SeenRun> {
  const scenario = scenarioUnder(spec, tier);
  const { seed } = spec;
  const { writer, reader } = createMemoryTrace(runStartOf(scenario, seed));
  await runScenario(scenario, seed, writer);
  return { scenario, reader };
}

async function judgeBaselines(
  { scenario, reader }: SeenRun,
  { misses }: RunTruth,
  causeOf: CauseOf,
): Promise<RunOutcome['baselines']> {
  const { tbtDeadlineNs } = scenario.deadlines;
  const { byCorrelation, byThreshold } = await readBaselines(reader, { misses, tbtDeadlineNs });
  const confusionOf = (sharesOf: (miss: ScoredMiss) => Shares): readonly ConfusionEntry[] => {
    const confusion = new Confusion();
    for (const miss of misses)
      confusion.addMiss(truthShares(miss, causeOf), sharesOf(miss), miss.missedCount);
    return confusion.entries();
  };
  return { correlation: confusionOf(byCorrelation), threshold: confusionOf(byThreshold) };
}

function holdAgainst(
  diagnosis: Diagnosis,
  truth: RunTruth,
  causeOf: CauseOf,
): Pick<RunOutcome, 'confusion' | 'claims' | 'suspicions' | 'counterfactuals'> {
  const claimed = new ClaimedMisses(diagnosis);
  const confusion = new Confusion();
  const byEpisode = new Map<JudgedEpisode, WeightedTruth[]>();
  for (const miss of truth.misses) {
    const shares = truthShares(miss, causeOf);
    const { requestIndex, seq, missedCount } = miss;
    confusion.addMiss(shares, claimed.sharesOf(requestIndex, seq), missedCount);
    const episode = claimed.episodeOf(requestIndex, seq);
    if (episode === undefined) continue;
    const truths = byEpisode.get(episode) ?? [];
    byEpisode.set(episode, truths);
    truths.push({ shares, weight: missedCount });
  }
  return {
    confusion: confusion.entries(),
    claims: [...byEpisode].flatMap(([episode, truths]) => claimsOf(episode, truths)),
    suspicions: [...byEpisode].flatMap(([episode, truths]) => suspicionsOf(episode, truths)),
    counterfactuals: counterfactualsOf(diagnosis, truth, causeOf),
  };
}

interface WeightedTruth {
  readonly shares: Shares;
  readonly weight: number;
}

function claimsOf({ verdict }: JudgedEpisode, truths: readonly WeightedTruth[]): ClaimOutcome[] {
  return verdict.claims.map(({ cause, confidence, score, tier, shareRatio }) => {
    const agreed = truths.map(
      ({ shares, weight }) => weight * Math.min(shareRatio, trueShare(shares, cause)),
    );
    return {
      ...{ cause, confidence, score, evidence: tier },
      weight: shareRatio * truths.reduce((sum, { weight }) => sum + weight, 0),
      correctWeight: agreed.reduce((sum, weight) => sum + weight, 0),
    };
  });
}

/** What the claims left no more to than this was not heard any more. */
const NEGLIGIBLE_REST_RATIO = 0.2;

function suspicionsOf({ verdict }: JudgedEpisode, truths: readonly WeightedTruth[]): SuspicionOutcome[] {
  const { claims, suspicions, masked } = verdict;
  const claimedRatio = claims.reduce((sum, { shareRatio }) => sum + shareRatio, 0);
  const isHeard = (cause: Cause): boolean =>
    1 - claimedRatio > NEGLIGIBLE_REST_RATIO || claims.some((claim) => claim.cause === cause);
  return suspicions
    .filter(({ cause }) => !masked && isHeard(cause))
    .map(({ cause, observations }) => ({
      score: observations.reduce((sum, { logLikelihoodRatio }) => sum + logLikelihoodRatio, 0),
      weight: truths.reduce((sum, { weight }) => sum + weight, 0),
      correctWeight: truths.reduce((sum, { shares, weight }) => sum + weight * trueShare(shares, cause), 0),
    }));
}

/** What the load is said to have done by itself is right where no fault had a part. */
function trueShare(shares: Shares, cause: Label): number {
  return (shares.get(cause) ?? 0) + (CAUSES_OF_LOAD.has(cause) ? (shares.get('load') ?? 0) : 0);
}

function counterfactualsOf(
  { findings }: Diagnosis,
  truth: RunTruth,
  causeOf: CauseOf,
): CounterfactualOutcome[] {
  return Object.entries(causeOf).flatMap(([id, cause]) => {
    const without = truth.without[id];
    // Two faults of one cause, or none that was removed: there is no replay to compare with.
    const isAlone = Object.values(causeOf).filter((each) => each === cause).length === 1;
    if (without === undefined || cause === 'unknown' || !isAlone) return [];
    // Stalls and slow times of a cause are told apart, and without the cause neither is.
    const finding = findings.find((each) => each.cause === cause);
    return [
      {
        cause,
        claimedIndex: finding?.fluidityIndexWithout,
        range: finding?.fluidityIndexWithoutRange,
        trueIndex: 1 - without.missedCount / without.totalCount,
      },
    ];
  });
}
