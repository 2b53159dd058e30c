import { diagnoseTrace, type Diagnosis, type JudgedEpisode } from '@fluidscope/diagnosis';
import { createMemoryTrace, runScenario, runStartOf } from '@fluidscope/scenario';
import type { Cause } from '@fluidscope/trace-schema';
import { ClaimedMisses } from './claimed-shares.js';
import { Confusion } from './confusion.js';
import { CAUSES_OF_LOAD, type Label, type Shares } from './labels.js';
import type { ClaimOutcome, CounterfactualOutcome, RunOutcome } from './run-outcome.js';
import type { RunSpec, Tier } from './run-spec.js';
import { expectedCauses, loadScenario } from './scenario-files.js';
import { truthOf, type RunTruth } from './run-truth.js';
import { truthShares } from './truth-shares.js';

type CauseOf = Readonly<Record<string, Cause>>;

/** Runs a scenario and holds what its diagnosis says, by each tier, against the truth. */
export async function judgeRun(spec: RunSpec): Promise<RunOutcome[]> {
  const truth = truthOf(loadScenario(spec.scenario, spec), spec.seed);
  const causeOf = expectedCauses()[spec.scenario] ?? {};
  const outcomes: RunOutcome[] = [];
  for (const tier of spec.tiers) {
    const diagnosis = await diagnoseUnder(spec, tier);
    outcomes.push({ ...named(spec), tier, ...truth.whole, ...holdAgainst(diagnosis, truth, causeOf) });
  }
  return outcomes;
}

function named({ scenario, family, seed }: RunSpec): Omit<RunSpec, 'tiers'> {
  return { scenario, family, seed };
}

async function diagnoseUnder({ scenario: name, family, seed }: RunSpec, tier: Tier): Promise<Diagnosis> {
  // What a scenario itself says of its telemetry is part of it, so nothing is laid over it where all is seen.
  const scenario = loadScenario(name, { family, ...(tier === 'all' ? {} : { tier }) });
  const trace = createMemoryTrace(runStartOf(scenario, seed));
  await runScenario(scenario, seed, trace.writer);
  return diagnoseTrace(trace.reader);
}

function holdAgainst(
  diagnosis: Diagnosis,
  truth: RunTruth,
  causeOf: CauseOf,
): Pick<RunOutcome, 'confusion' | 'claims' | 'counterfactuals'> {
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
    counterfactuals: counterfactualsOf(diagnosis, truth, causeOf),
  };
}

interface WeightedTruth {
  readonly shares: Shares;
  readonly weight: number;
}

function claimsOf({ verdict }: JudgedEpisode, truths: readonly WeightedTruth[]): ClaimOutcome[] {
  return verdict.claims.map(({ cause, sourceId, confidence, shareRatio }) => {
    const suspicion = verdict.suspicions.find((each) => each.cause === cause && each.sourceId === sourceId);
    const observations = suspicion?.observations ?? [];
    const agreed = truths.map(
      ({ shares, weight }) => weight * Math.min(shareRatio, trueShare(shares, cause)),
    );
    return {
      cause,
      score: observations.reduce((sum, { logLikelihoodRatio }) => sum + logLikelihoodRatio, 0),
      confidence,
      weight: shareRatio * truths.reduce((sum, { weight }) => sum + weight, 0),
      correctWeight: agreed.reduce((sum, weight) => sum + weight, 0),
    };
  });
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
    const finding = findings.find((each) => each.cause === cause && each.kind === 'stalls');
    return [
      {
        cause,
        claimedIndex: finding?.fluidityIndexWithout,
        trueIndex: 1 - without.missedCount / without.totalCount,
      },
    ];
  });
}
