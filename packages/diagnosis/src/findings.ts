import type { Deadlines } from '@fluidscope/metrics';
import type { Cause } from '@fluidscope/trace-schema';
import { adviceOn } from './causes/index.js';
import { CounterfactualReplay, type DeadlineSum, type SharedStall } from './counterfactual.js';
import type { Coincidence } from './significance.js';
import type { Finding, JudgedEpisode } from './diagnose.js';
import { MOST_PLAYERS_COUNT, shapleyValues } from './shapley.js';
import type { Claim, Verdict } from './verdict.js';

/** What a finding's cost is reckoned against. */
export interface Basis {
  readonly deadlines: Deadlines;
  readonly sum: DeadlineSum;
  /** What coincides with the episodes, by cause. */
  readonly coincidenceOf: (cause: Cause) => Coincidence | undefined;
}

/** One for each cause that claimed a share of any episode, and one for what nobody claimed. */
export function stallFindings(episodes: readonly JudgedEpisode[], basis: Basis): Finding[] {
  const causes = new Set<Cause>(episodes.flatMap(({ verdict }) => verdict.claims.map(({ cause }) => cause)));
  const named = [...causes].map((cause) => ({
    cause,
    parts: episodes.flatMap((episode) => partOf(episode, cause)),
  }));
  const unknown = { cause: 'unknown' as const, parts: episodes.flatMap(unclaimedPartOf) };
  const all = (unknown.parts.length === 0 ? named : [...named, unknown]).map(({ cause, parts }) => ({
    cause,
    parts: parts.toSorted((a, b) => missedIn(b) - missedIn(a)),
    missedCount: parts.reduce((sum, part) => sum + missedIn(part), 0),
  }));
  const costs = costsOf(
    all.toSorted((a, b) => b.missedCount - a.missedCount),
    basis,
  );
  return all.map((part) => findingOf(part, costs.get(part.cause), basis));
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
      shapleyIndex: undefined,
      coincidence: undefined,
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

/** All that is laid to one cause, the costliest part first. */
interface CauseParts {
  readonly cause: Cause;
  readonly parts: readonly Part[];
  readonly missedCount: number;
}

function findingOf({ cause, parts, missedCount }: CauseParts, cost: Cost | undefined, basis: Basis): Finding {
  const [costliest] = parts;
  const confidences = parts.flatMap(({ claim }) => claim?.confidence ?? []);
  return {
    cause,
    kind: 'stalls',
    sourceIds: [...new Set(parts.flatMap(({ claim }) => claim?.sourceId ?? []))],
    episodesCount: parts.length,
    missedCount,
    missedRatio: missedCount / basis.sum.missedCount,
    maskedMissedCount: parts
      .filter(({ episode }) => episode.verdict.masked)
      .reduce((sum, part) => sum + missedIn(part), 0),
    fluidityIndexWithout: cost?.indexWithout,
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

interface Cost {
  readonly indexWithout: number | undefined;
  readonly shapleyIndex: number | undefined;
}

/** `all` with what cost most first. */
function costsOf(all: readonly CauseParts[], { sum, deadlines }: Basis): ReadonlyMap<Cause, Cost> {
  const replay = new CounterfactualReplay(sum, sharedStalls(all), deadlines);
  const players = all.slice(0, MOST_PLAYERS_COUNT).map((_, cause) => cause);
  const values = shapleyValues(players, (removed) => indexOf(replay.without(removed)) ?? NaN);
  return new Map(
    all.map(({ cause }, index) => [
      cause,
      { indexWithout: indexOf(replay.without(new Set([index]))), shapleyIndex: values.get(index) },
    ]),
  );
}

function sharedStalls(all: readonly CauseParts[]): SharedStall[] {
  const shares = new Map<JudgedEpisode, number[]>();
  all.forEach(({ parts }, cause) => {
    for (const { episode, shareRatio } of parts) {
      const ofEpisode = shares.get(episode) ?? new Array<number>(all.length).fill(0);
      ofEpisode[cause] = shareRatio;
      shares.set(episode, ofEpisode);
    }
  });
  return [...shares].flatMap(([{ stalls }, sharesRatio]) => stalls.map((stall) => ({ stall, sharesRatio })));
}
