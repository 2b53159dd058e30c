import type { Json } from '@fluidscope/trace-schema';
import type { Diagnosis, Finding, JudgedEpisode } from './diagnose.js';
import type { Claim, JudgedSuspicion } from './verdict.js';

/** A diagnosis in the names of the wire; times are run time in ns, what is not known is null. */
export function diagnosisJson(diagnosis: Diagnosis): Json {
  const { deadlines, usualGap } = diagnosis;
  return {
    streams_count: diagnosis.streamsCount,
    ttft_deadline_ns: deadlines.ttftDeadlineNs,
    tbt_deadline_ns: deadlines.tbtDeadlineNs,
    missed_deadlines: diagnosis.missedCount,
    total_deadlines: diagnosis.totalCount,
    fluidity_index: diagnosis.fluidityIndex ?? null,
    usual_gap_ns: usualGap?.medianNs ?? null,
    findings: diagnosis.findings.map(findingJson),
    episodes: diagnosis.episodes.map(episodeJson),
    not_judged: diagnosis.notJudged.map(({ cause, missing }) => ({ cause, missing })),
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
    phase: episode.phase,
    start_ns: episode.startNs,
    end_ns: episode.endNs,
    scope: episode.scope ?? null,
    scope_ratio: episode.scopeRatio ?? null,
    catch_up_ratio: episode.catchUpRatio ?? null,
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

function claimJson(claim: Claim): Json {
  return {
    cause: claim.cause,
    source: claim.sourceId ?? null,
    share_ratio: claim.shareRatio,
    explained_ratio: claim.explainedRatio,
    confidence: claim.confidence,
    tier: claim.tier,
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
