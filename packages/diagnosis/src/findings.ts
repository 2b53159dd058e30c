import type { Deadlines } from '@fluidscope/metrics';
import type { Cause } from '@fluidscope/trace-schema';
import { adviceOn } from './causes/index.js';
import { CounterfactualReplay, type DeadlineSum } from './counterfactual.js';
import type { Coincidence } from './significance.js';
import type { Finding, JudgedEpisode } from './diagnose.js';
import { paceExcesses } from './pace-excess.js';
import { MOST_PLAYERS_COUNT, shapleyValues } from './shapley.js';
import type { Stall } from './stalls.js';
import type { Claim } from './verdict.js';

/** What a finding's cost is reckoned against. */
export interface Basis {
  readonly deadlines: Deadlines;
  readonly sum: DeadlineSum;
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

/** All of a kind that is laid to one cause, the costliest part first. */
interface CauseParts {
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

/** `all` with what cost most first. A cause is taken away whole, its stalls and its slow times. */
function costsOf(all: readonly CauseParts[], { sum, deadlines }: Basis): ReadonlyMap<CauseParts, Cost> {
  const told = all.filter(isReplayed);
  const delays = {
    stalls: sharesByEpisode(told, 'stalls').flatMap(({ stalls, sharesRatio }) =>
      stalls.map((stall) => ({ stall, sharesRatio })),
    ),
    paces: sharesByEpisode(told, 'slow_throughout').flatMap(({ stalls, sharesRatio }) =>
      stalls.map(({ stream, lateChunkIndices }) => ({
        stream,
        excesses: paceExcesses(stream, lateChunkIndices, deadlines),
        sharesRatio,
      })),
    ),
  };
  const replay = new CounterfactualReplay(sum, delays, deadlines);
  const players = told.slice(0, MOST_PLAYERS_COUNT).map((_, player) => player);
  const values = shapleyValues(players, (removed) => indexOf(replay.without(removed)) ?? NaN);
  return new Map(
    told.map((parts, index) => {
      const ofCause = told.flatMap(({ cause }, player) => (cause === parts.cause ? [player] : []));
      const indexWithout = indexOf(replay.without(new Set(ofCause)));
      return [parts, { indexWithout, shapleyIndex: values.get(index) }];
    }),
  );
}

/** What slow times without a cause would have been otherwise, nobody can say. */
function isReplayed({ cause, kind }: CauseParts): boolean {
  return kind === 'stalls' || cause !== 'unknown';
}

/** Of each episode of a kind its stalls, and the share of their delay that is laid to each of `all`. */
function sharesByEpisode(
  all: readonly CauseParts[],
  kind: Finding['kind'],
): { readonly stalls: readonly Stall[]; readonly sharesRatio: readonly number[] }[] {
  const shares = new Map<JudgedEpisode, number[]>();
  all.forEach(({ parts, kind: ofParts }, player) => {
    if (ofParts !== kind) return;
    for (const { episode, delayRatio } of parts) {
      const ofEpisode = shares.get(episode) ?? new Array<number>(all.length).fill(0);
      ofEpisode[player] = delayRatio;
      shares.set(episode, ofEpisode);
    }
  });
  return [...shares].map(([{ stalls }, sharesRatio]) => ({ stalls, sharesRatio }));
}
