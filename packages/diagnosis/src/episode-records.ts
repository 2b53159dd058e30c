import type { EpisodeMiss, EpisodeRow, Json } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import type { Diagnosis, JudgedEpisode } from './diagnose.js';
import { suspicionJson } from './diagnosis-json.js';

/** A diagnosis as the rows of the views `episodes` and `deadline_misses`. */
export function episodeRecords({ episodes }: Diagnosis): {
  readonly episodes: readonly EpisodeRow[];
  readonly misses: readonly EpisodeMiss[];
} {
  return { episodes: episodes.map(rowOf), misses: episodes.flatMap(missesOf) };
}

function rowOf(episode: JudgedEpisode): EpisodeRow {
  const [claim] = episode.verdict.claims;
  return {
    episodeId: episode.episodeId,
    startNs: runNs(Math.round(episode.startNs)),
    endNs: runNs(Math.round(episode.endNs)),
    scope: episode.phase === 'first_token' ? 'first_token' : episode.scope,
    cause: claim?.cause ?? 'unknown',
    confidence: claim?.confidence,
    tier: claim?.tier,
    missedCount: Math.round(episode.missedCount),
    evidence: evidenceOf(episode),
  };
}

function evidenceOf({ verdict, scopeRatio, catchUpRatio }: JudgedEpisode): Json {
  return {
    claims: verdict.claims.map(({ cause, sourceId, shareRatio, confidence, evidence }) => ({
      cause,
      source: sourceId ?? null,
      share_ratio: shareRatio,
      confidence,
      evidence,
    })),
    masked: verdict.masked,
    unknown_because: verdict.unknownBecause,
    scope_ratio: scopeRatio ?? null,
    catch_up_ratio: catchUpRatio ?? null,
    suspicions: verdict.suspicions.map(suspicionJson),
  };
}

function missesOf({ episodeId, stalls }: JudgedEpisode): EpisodeMiss[] {
  return stalls.flatMap(({ stream, lateChunkIndices }) =>
    lateChunkIndices.map((index) => ({
      requestIndex: stream.requestIndex,
      seq: stream.seqs[index] ?? index,
      episodeId,
    })),
  );
}
