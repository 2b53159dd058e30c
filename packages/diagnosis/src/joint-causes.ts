import { deadlineMisses, type Deadlines } from '@fluidscope/metrics';
import type { ExplanationOrder, NamedCause } from './causes/cause-rule.js';
import { orderOf } from './causes/index.js';
import { replayed } from './counterfactual.js';
import type { JudgedEpisode } from './diagnose.js';
import { excessPerStreamNs, type Episode } from './episodes.js';
import { shapleyValues } from './shapley.js';
import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';
import type { Claim } from './verdict.js';

/** Of more causes in one stream the least are held as they were. */
const MOST_CAUSES_COUNT = 4;
/** A cause that took part in less of an episode's misses would not be missed. */
const LEAST_SHARE_RATIO = 0.05;
/** A delay that eats less than so many deadlines of slack is what slack is for. */
const LEAST_DELAY_DEADLINES_COUNT = 2;
/** Those that ate most are judged: a long run has thousands that nobody noticed. */
const MOST_DELAYS_COUNT = 200;
/** What a load does by itself is what slack is for, too: it takes no part in misses that something else brought about. */
const ORDERS_OF_LOAD: ReadonlySet<ExplanationOrder> = new Set<ExplanationOrder>([
  'arithmetic',
  'engine_record',
  'coincidence',
]);

/** A time at which an engine was late, whether or not a deadline was missed, and what it is laid to. */
export interface ClaimedDelay {
  readonly delay: Episode;
  readonly claims: () => readonly Claim[];
}

/**
 * The episodes with what each cause took part in of their misses: those that their own stalls are laid to, and those that ate the slack which would have
 * carried these stalls, though they missed nothing themselves. Each stream is replayed without every set of causes; of a miss that neither of two brings
 * about alone each has half. What the claims of an episode have together stays the same.
 */
export function withJointCauses(
  episodes: readonly JudgedEpisode[],
  delays: () => readonly ClaimedDelay[],
  deadlines: Deadlines,
): readonly JudgedEpisode[] {
  const claimed = new ClaimedStalls();
  if (episodes.length === 0) return episodes;
  for (const { delay, claims } of costlyDelays(delays(), episodes, deadlines))
    claimed.add(
      delay.stalls,
      claims().filter(({ cause }) => !ORDERS_OF_LOAD.has(orderOf(cause))),
    );
  for (const { stalls, verdict } of episodes) claimed.add(stalls, verdict.claims);
  const known = new Map<TokenStream, SharedMisses>();
  const missesOf = (stream: TokenStream): SharedMisses => {
    const misses =
      known.get(stream) ??
      new Map(sharedMisses(stream, claimed.of(stream), deadlines).map((miss) => [miss.chunkIndex, miss]));
    known.set(stream, misses);
    return misses;
  };
  return episodes.map((episode) => ({
    ...episode,
    verdict: { ...episode.verdict, claims: sharedOut(episode, missesOf) },
  }));
}

/** Those that cost streams with a miss some slack, the most first. */
function costlyDelays(
  delays: readonly ClaimedDelay[],
  episodes: readonly JudgedEpisode[],
  { tbtDeadlineNs }: Deadlines,
): readonly ClaimedDelay[] {
  const missing = new Set(episodes.flatMap(({ stalls }) => stalls.map(({ stream }) => stream)));
  return delays
    .filter(({ delay }) => delay.stalls.some(({ stream }) => missing.has(stream)))
    .map((each) => ({ each, excessNs: excessPerStreamNs(each.delay) }))
    .filter(({ excessNs }) => excessNs >= LEAST_DELAY_DEADLINES_COUNT * tbtDeadlineNs)
    .sort((a, b) => b.excessNs - a.excessNs)
    .slice(0, MOST_DELAYS_COUNT)
    .map(({ each }) => each);
}

interface ClaimedStall {
  readonly stall: Stall;
  readonly claims: readonly Claim[];
}

/** What stalls are laid to, by stream and chunk; what is added last counts. */
class ClaimedStalls {
  private readonly byStream = new Map<TokenStream, Map<number, ClaimedStall>>();

  add(stalls: readonly Stall[], claims: readonly Claim[]): void {
    for (const stall of stalls) {
      const ofStream = this.byStream.get(stall.stream) ?? new Map<number, ClaimedStall>();
      this.byStream.set(stall.stream, ofStream);
      ofStream.set(stall.chunkIndex, { stall, claims });
    }
  }

  /** In order of chunks. */
  of(stream: TokenStream): readonly ClaimedStall[] {
    return [...(this.byStream.get(stream)?.values() ?? [])].sort(
      (a, b) => a.stall.chunkIndex - b.stall.chunkIndex,
    );
  }
}

/** A cause's part in a miss, 0 to 1, with the claim that cost its stream most. */
interface Part {
  readonly claim: Claim;
  readonly shareRatio: number;
}

interface SharedMiss {
  readonly chunkIndex: number;
  readonly missedCount: number;
  readonly parts: readonly Part[];
}

/** Of one stream, by the late chunk. */
type SharedMisses = ReadonlyMap<number, SharedMiss>;

function sharedMisses(
  stream: TokenStream,
  stalls: readonly ClaimedStall[],
  deadlines: Deadlines,
): readonly SharedMiss[] {
  const players = largestClaims(stalls);
  const misses = deadlineMisses(stream.timings, deadlines);
  if (players.length < 2) {
    const parts = players.map((claim) => ({ claim, shareRatio: 1 }));
    return misses.map(({ chunkIndex, missedCount }) => ({ chunkIndex, missedCount, parts }));
  }
  const remaining = new Map<string, readonly number[]>();
  const remainingWithout = (removed: ReadonlySet<number>): readonly number[] => {
    const key = [...removed].sort().join();
    const found =
      remaining.get(key) ?? missedWithout(causesAt(players, removed), { stream, stalls, misses, deadlines });
    remaining.set(key, found);
    return found;
  };
  return misses.map(({ chunkIndex, missedCount }, index) => {
    const values = shapleyValues(
      players.map((_, player) => player),
      (removed) => 1 - Math.min(1, (remainingWithout(removed)[index] ?? 0) / missedCount),
    );
    const parts = players.map((claim, player) => ({
      claim,
      shareRatio: Math.max(0, values.get(player) ?? 0),
    }));
    return { chunkIndex, missedCount, parts };
  });
}

/** Of each cause in a stream the claim that delayed it most; the causes that did so most, at most a few. */
function largestClaims(stalls: readonly ClaimedStall[]): readonly Claim[] {
  const byCause = new Map<NamedCause, { claim: Claim; mostNs: number; allNs: number }>();
  for (const { stall, claims } of stalls)
    for (const claim of claims) {
      const ns = claim.delayRatio * stall.excessNs;
      const known = byCause.get(claim.cause) ?? { claim, mostNs: 0, allNs: 0 };
      const isMore = ns > known.mostNs;
      byCause.set(claim.cause, {
        claim: isMore ? claim : known.claim,
        mostNs: Math.max(ns, known.mostNs),
        allNs: known.allNs + ns,
      });
    }
  return [...byCause.values()]
    .sort((a, b) => b.allNs - a.allNs)
    .slice(0, MOST_CAUSES_COUNT)
    .map(({ claim }) => claim);
}

function causesAt(players: readonly Claim[], places: ReadonlySet<number>): ReadonlySet<NamedCause> {
  return new Set(players.filter((_, player) => places.has(player)).map(({ cause }) => cause));
}

/** Deadlines that remain missed from after each late chunk's predecessor up to it, when some causes' part of each stall is taken away. */
function missedWithout(
  removed: ReadonlySet<NamedCause>,
  {
    stream,
    stalls,
    misses,
    deadlines,
  }: {
    readonly stream: TokenStream;
    readonly stalls: readonly ClaimedStall[];
    readonly misses: readonly { readonly chunkIndex: number }[];
    readonly deadlines: Deadlines;
  },
): readonly number[] {
  const shared = stalls.map(({ stall, claims }) => ({
    stall,
    sharesRatio: claims.flatMap(({ cause, delayRatio }) => (removed.has(cause) ? [delayRatio] : [])),
  }));
  const timings = replayed(stream, shared, {
    removal: ({ sharesRatio }) => Math.min(1, sum(sharesRatio)),
  });
  const late = deadlineMisses(timings, deadlines);
  let next = 0;
  return misses.map(({ chunkIndex }) => {
    let missedCount = 0;
    for (; (late[next]?.chunkIndex ?? Infinity) <= chunkIndex; next += 1)
      missedCount += late[next]?.missedCount ?? 0;
    return missedCount;
  });
}

function sharedOut(
  { verdict: { claims }, stalls }: JudgedEpisode,
  missesOf: (stream: TokenStream) => SharedMisses,
): readonly Claim[] {
  if (claims.length === 0) return claims;
  const gains = new Map<NamedCause, { claim: Claim; gain: number }>();
  for (const { stream, lateChunkIndices } of stalls) {
    for (const index of lateChunkIndices) {
      const { missedCount = 0, parts = [] } = missesOf(stream).get(index) ?? {};
      for (const { claim, shareRatio } of parts) {
        const known = gains.get(claim.cause) ?? { claim, gain: 0 };
        gains.set(claim.cause, { ...known, gain: known.gain + missedCount * shareRatio });
      }
    }
  }
  const all = sum([...gains.values()].map(({ gain }) => gain));
  const kept = [...gains.values()].filter(({ gain }) => gain >= LEAST_SHARE_RATIO * all);
  const keptGain = sum(kept.map(({ gain }) => gain));
  if (keptGain === 0) return claims;
  const together = sum(claims.map(({ shareRatio }) => shareRatio));
  return kept
    .map(({ claim, gain }) => ({
      ...(claims.find(({ cause }) => cause === claim.cause) ?? ofSlack(claim)),
      shareRatio: (together * gain) / keptGain,
    }))
    .sort((a, b) => b.shareRatio - a.shareRatio);
}

/** What had eaten the slack is no part of the delay itself. */
function ofSlack(claim: Claim): Claim {
  return {
    ...claim,
    delayRatio: 0,
    effects: [],
    evidence: `before it the slack was used up that would have carried it: ${claim.evidence}`,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
