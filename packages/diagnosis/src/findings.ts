import type { Deadlines } from '@fluidscope/metrics';
import type { Cause } from '@fluidscope/trace-schema';
import { adviceOn } from './causes/index.js';
import { CounterfactualReplay, type DeadlineSum, type SharedStall } from './counterfactual.js';
import type { Coincidence } from './significance.js';
import type { Finding, JudgedEpisode } from './diagnose.js';
import { MOST_PLAYERS_COUNT, shapleyValues } from './shapley.js';
import type { Claim } from './verdict.js';

/** What a finding's cost is reckoned against. */
export interface Basis {
  readonly deadlines: Deadlines;
  readonly sum: DeadlineSum;
  /** What coincides with the episodes, by cause. */
  readonly coincidenceOf: (cause: Cause) => Coincidence | undefined;
}

/** One for each cause that claimed a share of any episode, and one for what nobody claimed. */
export function stallFindings(episodes: readonly JudgedEpisode[], basis: Basis): Finding[] {
  const all = partsByCause(episodes);
  const costs = costsOf(
    all.toSorted((a, b) => b.missedCount - a.missedCount),
    basis,
  );
  return all.map((part) => findingOf(part, costs.get(part.cause), basis));
}

/** The same of the times in which streams were late though no gap was longer than expected. */
export function slowFindings(spells: readonly JudgedEpisode[], basis: Basis): Finding[] {
  return partsByCause(spells).map((part) => ({
    ...findingOf(part, undefined, basis),
    kind: 'slow_throughout',
    episodesCount: 0,
    coincidence: undefined,
    ...(part.cause === 'unknown' && {
      evidence: 'no gap stood out, though the usual one is within the deadline',
    }),
  }));
}

export function indexOf({ missedCount, totalCount }: DeadlineSum): number | undefined {
  return totalCount === 0 ? undefined : 1 - missedCount / totalCount;
}

/** The share of an episode that is laid to one cause, or to none. */
interface Part {
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

/** All that is laid to one cause, the costliest part first. */
interface CauseParts {
  readonly cause: Cause;
  readonly parts: readonly Part[];
  readonly missedCount: number;
}

function partsByCause(episodes: readonly JudgedEpisode[]): readonly CauseParts[] {
  const causes = new Set<Cause>(episodes.flatMap(({ verdict }) => verdict.claims.map(({ cause }) => cause)));
  const named = [...causes].map((cause) => ({
    cause,
    parts: episodes.flatMap((episode) => partOf(episode, cause)),
  }));
  const unknown = { cause: 'unknown' as const, parts: episodes.flatMap(unclaimedPartOf) };
  return (unknown.parts.length === 0 ? named : [...named, unknown]).map(({ cause, parts }) => ({
    cause,
    parts: parts.toSorted((a, b) => missedIn(b) - missedIn(a)),
    missedCount: parts.reduce((sum, part) => sum + missedIn(part), 0),
  }));
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
    for (const { episode, delayRatio } of parts) {
      const ofEpisode = shares.get(episode) ?? new Array<number>(all.length).fill(0);
      ofEpisode[cause] = delayRatio;
      shares.set(episode, ofEpisode);
    }
  });
  return [...shares].flatMap(([{ stalls }, sharesRatio]) => stalls.map((stall) => ({ stall, sharesRatio })));
}
