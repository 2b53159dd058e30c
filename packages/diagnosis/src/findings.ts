import type { Deadlines } from '@fluidscope/metrics';
import type { Cause } from '@fluidscope/trace-schema';
import { adviceOn } from './causes/index.js';
import { costsOf, type Cost } from './costs.js';
import type { DeadlineSum } from './counterfactual.js';
import type { EngineStreams } from './engines.js';
import type { Coincidence } from './significance.js';
import type { StallsByEnd } from './stalls-by-end.js';
import type { Finding, JudgedEpisode } from './diagnose.js';
import type { Claim } from './verdict.js';

/** What a finding's cost is reckoned against. */
export interface Basis {
  readonly deadlines: Deadlines;
  readonly sum: DeadlineSum;
  readonly engines: readonly EngineStreams[];
  /** By engine, the stalls between tokens that cost no deadline. */
  readonly absorbed: readonly StallsByEnd[];
  /** What coincides with the episodes, by cause. */
  readonly coincidenceOf: (cause: Cause) => Coincidence | undefined;
}

/** One for each cause that claimed a share of any episode, or of any time in which streams were slow, and one of each for what nobody claimed. */
export function findingsOf(
  episodes: readonly JudgedEpisode[],
  spells: readonly JudgedEpisode[],
  basis: Basis,
): Finding[] {
  const all = [...partsByCause(episodes, 'stalls'), ...partsByCause(spells, 'slow_throughout')];
  const costs = costsOf(
    all.toSorted((a, b) => b.missedCount - a.missedCount),
    basis,
  );
  return all.map((parts) => {
    const finding = findingOf(parts, costs.get(parts), basis);
    return parts.kind === 'stalls' ? finding : slowFinding(finding);
  });
}

/** The same of times in which streams were late though no gap was longer than expected. */
function slowFinding(finding: Finding): Finding {
  return {
    ...finding,
    episodesCount: 0,
    coincidence: undefined,
    ...(finding.cause === 'unknown' && {
      evidence: 'no gap stood out, though the usual one is within the deadline',
    }),
  };
}

/** The share of an episode that is laid to one cause, or to none. */
export interface Part {
  readonly episode: JudgedEpisode;
  /** Of its misses, and of its delay. */
  readonly shareRatio: number;
  readonly delayRatio: number;
  readonly claim: Claim | undefined;
}

function partOf(episode: JudgedEpisode, cause: Cause): Part[] {
  const claim = episode.verdict.claims.find((each) => each.cause === cause);
  return claim === undefined
    ? []
    : [{ episode, shareRatio: claim.shareRatio, delayRatio: claim.delayRatio, claim }];
}

function unclaimedPartOf(episode: JudgedEpisode): Part[] {
  const { claims } = episode.verdict;
  const shareRatio = 1 - claims.reduce((sum, claim) => sum + claim.shareRatio, 0);
  const delayRatio = 1 - claims.reduce((sum, claim) => sum + claim.delayRatio, 0);
  return shareRatio < SMALLEST_SHARE_RATIO ? [] : [{ episode, shareRatio, delayRatio, claim: undefined }];
}

/** Shares are sums of doubles. */
const SMALLEST_SHARE_RATIO = 1e-9;

/** All of a kind that is laid to one cause, the costliest part first. */
export interface CauseParts {
  readonly cause: Cause;
  readonly kind: Finding['kind'];
  readonly parts: readonly Part[];
  readonly missedCount: number;
}

function partsByCause(episodes: readonly JudgedEpisode[], kind: Finding['kind']): readonly CauseParts[] {
  const causes = new Set<Cause>(episodes.flatMap(({ verdict }) => verdict.claims.map(({ cause }) => cause)));
  const named = [...causes].map((cause) => ({
    cause,
    parts: episodes.flatMap((episode) => partOf(episode, cause)),
  }));
  const unknown = { cause: 'unknown' as const, parts: episodes.flatMap(unclaimedPartOf) };
  return (unknown.parts.length === 0 ? named : [...named, unknown]).map(({ cause, parts }) => ({
    cause,
    kind,
    parts: parts.toSorted((a, b) => missedIn(b) - missedIn(a)),
    missedCount: parts.reduce((sum, part) => sum + missedIn(part), 0),
  }));
}

function findingOf(
  { cause, kind, parts, missedCount }: CauseParts,
  cost: Cost | undefined,
  basis: Basis,
): Finding {
  const [costliest] = parts;
  const confidences = parts.flatMap(({ claim }) => claim?.confidence ?? []);
  return {
    cause,
    kind,
    sourceIds: [...new Set(parts.flatMap(({ claim }) => claim?.sourceId ?? []))],
    episodesCount: parts.length,
    missedCount,
    missedRatio: missedCount / basis.sum.missedCount,
    maskedMissedCount: parts
      .filter(({ episode }) => episode.verdict.masked)
      .reduce((sum, part) => sum + missedIn(part), 0),
    fluidityIndexWithout: cost?.indexWithout,
    fluidityIndexWithoutRange: cost?.range,
    shapleyIndex: cost?.shapleyIndex,
    coincidence: basis.coincidenceOf(cause),
    confidence: confidences.length === 0 ? undefined : Math.min(...confidences),
    evidence: costliest?.claim?.evidence ?? costliest?.episode.verdict.unknownBecause ?? '',
    advice: cause === 'unknown' ? undefined : adviceOn(cause),
  };
}

function missedIn({ episode, shareRatio }: Part): number {
  return shareRatio * episode.missedCount;
}
