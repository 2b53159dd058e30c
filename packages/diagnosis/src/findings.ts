import type { Deadlines } from '@fluidscope/metrics';
import type { Cause } from '@fluidscope/trace-schema';
import { adviceOn } from './causes/index.js';
import { withoutStalls, type DeadlineSum } from './counterfactual.js';
import type { Finding, JudgedEpisode } from './diagnose.js';
import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';
import type { Claim, Verdict } from './verdict.js';

/** What a finding's cost is reckoned against. */
export interface Basis {
  readonly streams: readonly TokenStream[];
  readonly deadlines: Deadlines;
  readonly sum: DeadlineSum;
}

/** One for each cause that claimed a share of any episode, and one for what nobody claimed. */
export function stallFindings(episodes: readonly JudgedEpisode[], basis: Basis): Finding[] {
  const causes = new Set(episodes.flatMap(({ verdict }) => verdict.claims.map(({ cause }) => cause)));
  const findings = [...causes].map((cause) =>
    findingOf(
      cause,
      episodes.flatMap((episode) => partOf(episode, cause)),
      basis,
    ),
  );
  const unknown = episodes.flatMap(unclaimedPartOf);
  return unknown.length === 0 ? findings : [...findings, findingOf('unknown', unknown, basis)];
}

/** Of misses in whose blame window no gap was longer than expected. */
export function slowFindings(missedCount: number, basis: Basis, verdict: Verdict): Finding[] {
  if (missedCount === 0) return [];
  const [claim] = verdict.claims;
  const cause = claim?.cause ?? 'unknown';
  return [
    {
      cause,
      kind: 'slow_throughout',
      sourceIds: claim?.sourceId === undefined ? [] : [claim.sourceId],
      episodesCount: 0,
      missedCount,
      missedRatio: missedCount / basis.sum.missedCount,
      maskedMissedCount: 0,
      fluidityIndexWithout: undefined,
      confidence: claim?.confidence,
      evidence: claim?.evidence ?? 'no gap stood out, though the usual one is within the deadline',
      advice: cause === 'unknown' ? undefined : adviceOn(cause),
    },
  ];
}

export function indexOf({ missedCount, totalCount }: DeadlineSum): number | undefined {
  return totalCount === 0 ? undefined : 1 - missedCount / totalCount;
}

/** The share of an episode that is laid to one cause, or to none. */
interface Part {
  readonly episode: JudgedEpisode;
  readonly shareRatio: number;
  readonly claim: Claim | undefined;
}

function partOf(episode: JudgedEpisode, cause: Cause): Part[] {
  const claim = episode.verdict.claims.find((each) => each.cause === cause);
  return claim === undefined ? [] : [{ episode, shareRatio: claim.shareRatio, claim }];
}

function unclaimedPartOf(episode: JudgedEpisode): Part[] {
  const shareRatio = 1 - episode.verdict.claims.reduce((sum, claim) => sum + claim.shareRatio, 0);
  return shareRatio < SMALLEST_SHARE_RATIO ? [] : [{ episode, shareRatio, claim: undefined }];
}

/** Shares are sums of doubles. */
const SMALLEST_SHARE_RATIO = 1e-9;

function findingOf(cause: Cause, parts: readonly Part[], basis: Basis): Finding {
  const byCost = parts.toSorted((a, b) => missedIn(b) - missedIn(a));
  const missedCount = byCost.reduce((sum, part) => sum + missedIn(part), 0);
  const [costliest] = byCost;
  const confidences = byCost.flatMap(({ claim }) => claim?.confidence ?? []);
  return {
    cause,
    kind: 'stalls',
    sourceIds: [...new Set(byCost.flatMap(({ claim }) => claim?.sourceId ?? []))],
    episodesCount: byCost.length,
    missedCount,
    missedRatio: missedCount / basis.sum.missedCount,
    maskedMissedCount: byCost
      .filter(({ episode }) => episode.verdict.masked)
      .reduce((sum, part) => sum + missedIn(part), 0),
    fluidityIndexWithout: indexOf(withoutStalls(basis.streams, byCost.flatMap(stallsOf), basis.deadlines)),
    confidence: confidences.length === 0 ? undefined : Math.min(...confidences),
    evidence: costliest?.claim?.evidence ?? costliest?.episode.verdict.unknownBecause ?? '',
    advice: cause === 'unknown' ? undefined : adviceOn(cause),
  };
}

function missedIn({ episode, shareRatio }: Part): number {
  return shareRatio * episode.missedCount;
}

/** The episode's stalls, as long as the part's share of them. */
function stallsOf({ episode, shareRatio }: Part): Stall[] {
  return episode.stalls.map((stall) => ({ ...stall, excessNs: shareRatio * stall.excessNs }));
}
