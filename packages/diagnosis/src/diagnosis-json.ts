import { requestIdOf, type Json } from '@fluidscope/trace-schema';
import { HELD_FIXED } from './counterfactual.js';
import type { Diagnosis, Finding, JudgedEpisode } from './diagnose.js';
import type { Periodicity } from './periodicity.js';
import { disagrees } from './sensor-lag.js';
import type { Coincidence } from './significance.js';
import type { Claim, JudgedSuspicion } from './verdict.js';

/** A diagnosis in the names of the wire; times are run time in ns, what is not known is null. */
export function diagnosisJson(diagnosis: Diagnosis): Json {
  const { deadlines, usualGap } = diagnosis;
  return {
    streams_count: diagnosis.streamsCount,
    engines_count: diagnosis.enginesCount,
    cut_short: diagnosis.isCutShort,
    ttft_deadline_ns: deadlines.ttftDeadlineNs,
    tbt_deadline_ns: deadlines.tbtDeadlineNs,
    missed_deadlines: diagnosis.missedCount,
    total_deadlines: diagnosis.totalCount,
    fluidity_index: diagnosis.fluidityIndex ?? null,
    usual_gap_ns: usualGap?.medianNs ?? null,
    findings: diagnosis.findings.map(findingJson),
    episodes: diagnosis.episodes.map(episodeJson),
    slow_spells: diagnosis.slowSpells.map(spellJson),
    not_judged: diagnosis.notJudged.map(({ cause, missing }) => ({ cause, missing })),
    coincidences: diagnosis.coincidences.map(coincidenceJson),
    left_out: diagnosis.leftOut.map(({ reason, requestsCount, firstRequestIndex }) => ({
      reason,
      requests_count: requestsCount,
      first_request_id: requestIdOf(firstRequestIndex),
    })),
    masked: diagnosis.masked.map(({ sourceId, reason, fromNs, toNs }) => ({
      source: sourceId,
      reason,
      from_ns: fromNs,
      to_ns: toNs,
    })),
    lost: diagnosis.lost.map(({ sourceId, lossesCount, lostNs, reasons }) => ({
      source: sourceId,
      losses_count: lossesCount,
      lost_ns: lostNs,
      reasons,
    })),
    clock_bounds: diagnosis.clockBounds.map(({ sourceId, largestNs }) => ({
      source: sourceId,
      largest_ns: largestNs,
    })),
    sensor_lags: diagnosis.sensorLags.map((lag) => ({
      source: lag.sourceId,
      metric: lag.metric,
      lag_ns: lag.lagNs,
      from_ns: lag.fromNs,
      to_ns: lag.toNs,
      correlation: lag.correlationRatio,
      disagrees: disagrees(lag),
    })),
  };
}

/** Where a run has too few episodes to tell chance from more, the p-values are null. */
function coincidenceJson({ cause, sourceId, episodesCount, test, lift }: Coincidence): Json {
  return {
    cause,
    source: sourceId ?? null,
    episodes_count: episodesCount,
    family_wise_p: test?.familyWisePRatio ?? null,
    attainable_p: test?.attainablePRatio ?? null,
    lift: lift?.liftRatio ?? null,
    lift_low: lift?.liftLowRatio ?? null,
    lift_high: lift?.liftHighRatio ?? null,
    odds_ratio: lift?.oddsRatio ?? null,
    matched_episodes_count: lift?.matchedCount ?? 0,
  };
}

function findingJson(finding: Finding): Json {
  return {
    cause: finding.cause,
    kind: finding.kind,
    episodes_count: finding.episodesCount,
    missed_deadlines: finding.missedCount,
    missed_ratio: finding.missedRatio,
    masked_missed_deadlines: finding.maskedMissedCount,
    fluidity_index_without: finding.fluidityIndexWithout ?? null,
    fluidity_index_without_low: finding.fluidityIndexWithoutRange?.lowIndex ?? null,
    fluidity_index_without_high: finding.fluidityIndexWithoutRange?.highIndex ?? null,
    shapley_index: finding.shapleyIndex ?? null,
    held_fixed: HELD_FIXED,
    coincidence: finding.coincidence === undefined ? null : coincidenceJson(finding.coincidence),
    confidence: finding.confidence ?? null,
    evidence: finding.evidence,
    advice: finding.advice ?? null,
    sources: finding.sourceIds,
  };
}

function episodeJson(episode: JudgedEpisode): Json {
  const { verdict } = episode;
  return {
    episode_id: episode.episodeId,
    engine_index: episode.engineIndex,
    phase: episode.phase,
    start_ns: episode.startNs,
    end_ns: episode.endNs,
    scope: episode.scope ?? null,
    scope_ratio: episode.scopeRatio ?? null,
    catch_up_ratio: episode.catchUpRatio ?? null,
    periodicity: periodicityJson(episode.periodicity),
    decoding_streams_count: episode.decodingStreamsCount,
    stalled_streams_count: new Set(episode.stalls.map(({ stream }) => stream)).size,
    missed_deadlines: episode.missedCount,
    cause: verdict.claims[0]?.cause ?? 'unknown',
    confidence: verdict.claims[0]?.confidence ?? null,
    tier: verdict.claims[0]?.tier ?? null,
    masked: verdict.masked,
    unknown_because: verdict.unknownBecause,
    claims: verdict.claims.map(claimJson),
    suspicions: verdict.suspicions.map(suspicionJson),
  };
}

/** Of a time without a stall: what an episode tells beside the stalls. */
function spellJson({
  episodeId,
  engineIndex,
  startNs,
  endNs,
  stalls,
  missedCount,
  verdict,
}: JudgedEpisode): Json {
  return {
    spell_id: episodeId,
    engine_index: engineIndex,
    start_ns: startNs,
    end_ns: endNs,
    streams_count: stalls.length,
    missed_deadlines: missedCount,
    unknown_because: verdict.unknownBecause,
    claims: verdict.claims.map(claimJson),
    suspicions: verdict.suspicions.map(suspicionJson),
  };
}

function periodicityJson(periodicity: Periodicity | undefined): Json {
  if (periodicity === undefined) return null;
  const { likeCount, periodNs, inTimeRatio, periodStepsCount, inStepsRatio } = periodicity;
  return {
    like_count: likeCount,
    period_ns: periodNs,
    in_time_ratio: inTimeRatio,
    period_steps_count: periodStepsCount,
    in_steps_ratio: inStepsRatio,
  };
}

function claimJson(claim: Claim): Json {
  return {
    cause: claim.cause,
    source: claim.sourceId ?? null,
    share_ratio: claim.shareRatio,
    delay_ratio: claim.delayRatio,
    explained_ratio: claim.explainedRatio,
    confidence: claim.confidence,
    held_back_by: claim.heldBackBy,
    tier: claim.tier,
    effects: claim.effects,
    evidence: claim.evidence,
  };
}

export function suspicionJson(suspicion: JudgedSuspicion): Json {
  return {
    cause: suspicion.cause,
    source: suspicion.sourceId ?? null,
    tier: suspicion.tier,
    confidence: suspicion.confidence,
    explained_ratio: suspicion.explainedRatio,
    coverage_ratio: suspicion.coverageRatio,
    evidence: suspicion.evidence,
    observations: suspicion.observations.map(({ name, value, logLikelihoodRatio }) => ({
      name,
      value,
      log_likelihood_ratio: logLikelihoodRatio,
    })),
  };
}
