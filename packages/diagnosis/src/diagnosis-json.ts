import type { Json } from '@fluidscope/trace-schema';
import type { Diagnosis, Finding, JudgedEpisode } from './diagnose.js';

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
    cause: verdict.cause,
    confidence: verdict.confidence ?? null,
    tier: verdict.tier ?? null,
    masked: verdict.masked,
    evidence: verdict.evidence,
  };
}
