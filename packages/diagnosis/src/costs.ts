import type { Cause } from '@fluidscope/trace-schema';
import { CounterfactualReplay, indexOf, type SharedPace, type SharedStall } from './counterfactual.js';
import type { JudgedEpisode } from './diagnose.js';
import type { Basis, CauseParts } from './findings.js';
import { LoadedBatch } from './loaded-batch.js';
import { paceExcesses } from './pace-excess.js';
import { MOST_PLAYERS_COUNT, shapleyValues } from './shapley.js';
import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

/** What a cause took from the fluidity-index. */
export interface Cost {
  readonly indexWithout: number | undefined;
  /** What it may be, by what its claims do not tell: see `costsOf`. */
  readonly range: IndexRange | undefined;
  readonly shapleyIndex: number | undefined;
}

/** Ends of an interval of fluidity-indexes, both included. */
export interface IndexRange {
  readonly lowIndex: number;
  readonly highIndex: number;
}

/** What made the expected gap itself too long: without it a gap takes what the deadline allows, and no longer what was usual. */
const OF_PACE: ReadonlySet<Cause> = new Set<Cause>([
  'baseline_slower_than_deadline',
  'batch_growth',
  'cuda_graph_miss',
]);

/**
 * What each cause cost; `all` with what cost most first. A cause is taken away whole, its stalls and its slow times, and batches are left to shrink by what the run
 * shows of them.
 *
 * The range reaches from each claim's delay as far as the claim is sure, with batches as they were, to the whole delay of every episode that the cause has a share of with all
 * that is laid to nothing, and batches that gain twice as much: what its claims may have taken too much or left to others, and what no run shows of another.
 */
export function costsOf(
  all: readonly CauseParts[],
  { sum, deadlines, engines, absorbed }: Basis,
): ReadonlyMap<CauseParts, Cost> {
  const told = all.filter(isReplayed);
  const shares = sharesOf(told);
  const delays = {
    stalls: stallsOf(shares, absorbed),
    paces: shares.flatMap((each) => pacesOf(each, deadlines)),
  };
  const replay = new CounterfactualReplay(sum, delays, deadlines);
  const batches = loadedBatches(engines, {
    stalls: delays.stalls,
    wide: new Set(shares.flatMap(({ episode, sharesRatio }) => (isOfEngine(episode) ? [sharesRatio] : []))),
  });
  const players = told.slice(0, MOST_PLAYERS_COUNT).map((_, player) => player);
  const values = shapleyValues(players, (removed) => indexOf(replay.without(removed)) ?? NaN);
  const columnsOf = (cause: Cause): readonly number[] =>
    told.flatMap((parts, player) => (parts.cause === cause ? [player] : []));
  return new Map(
    told.map((parts, player) => {
      const own = columnsOf(parts.cause);
      const without = (columns: readonly number[]): number | undefined =>
        indexOf(replay.rebatchedWithout(new Set(columns), batches));
      const indexWithout = without(own);
      const range = rangeOf(indexWithout, {
        asSure: without(own.map((each) => told.length + each)),
        asBatched: indexOf(replay.without(new Set(own))),
        atMost: without([...own, ...own.map((each) => 2 * told.length + each), ...columnsOf('unknown')]),
      });
      return [parts, { indexWithout, range, shapleyIndex: values.get(player) }];
    }),
  );
}

/** `asBatched`: with batches as they were. What they gain by shrinking may be nothing, or twice what is reckoned. */
function rangeOf(
  index: number | undefined,
  { asSure = index, asBatched = index, atMost = index }: IndexBounds,
): IndexRange | undefined {
  if (index === undefined || asSure === undefined || asBatched === undefined || atMost === undefined)
    return undefined;
  return {
    lowIndex: Math.min(asSure, asBatched, index),
    highIndex: Math.max(atMost, Math.min(1, index + (index - asBatched)), index),
  };
}

interface IndexBounds {
  readonly asSure: number | undefined;
  readonly asBatched: number | undefined;
  readonly atMost: number | undefined;
}

/** What slow times without a cause would have been otherwise, nobody can say. */
function isReplayed({ cause, kind }: CauseParts): boolean {
  return kind === 'stalls' || cause !== 'unknown';
}

/**
 * An episode and what of its delay is laid to each of `told`, in three columns for each: as claimed; as far as the claim is sure; and what others, or nobody, have of the
 * episodes that it has a share of.
 */
interface EpisodeShares {
  readonly episode: JudgedEpisode;
  /** Those of causes that made the expected gap itself too long. */
  readonly paceRatio: readonly number[];
  readonly sharesRatio: readonly number[];
}

function sharesOf(told: readonly CauseParts[]): readonly EpisodeShares[] {
  const found = new Map<JudgedEpisode, EpisodeShares & { paceRatio: number[]; sharesRatio: number[] }>();
  told.forEach(({ parts, kind, cause }, player) => {
    for (const { episode, delayRatio, claim } of parts) {
      const columns = (): number[] => new Array<number>(3 * told.length).fill(0);
      const shares = found.get(episode) ?? { episode, paceRatio: columns(), sharesRatio: columns() };
      found.set(episode, shares);
      const ratios = kind === 'slow_throughout' || OF_PACE.has(cause) ? shares.paceRatio : shares.sharesRatio;
      ratios[player] = delayRatio;
      ratios[told.length + player] = delayRatio * (claim?.confidence ?? 1);
      ratios[2 * told.length + player] = delayRatio > 0 ? 1 - delayRatio : 0;
    }
  });
  return [...found.values()];
}

/**
 * With those of the same event that slack absorbed: without it that slack would have been there for what came after. Events of an engine may overlap, a stop within slow
 * steps; what both hold belongs to the first.
 */
function stallsOf(shares: readonly EpisodeShares[], absorbed: Basis['absorbed']): readonly SharedStall[] {
  const taken = new Set<Stall>();
  return shares.flatMap(({ episode, sharesRatio }) => {
    if (!sharesRatio.some((ratio) => ratio > 0)) return [];
    const { stalls, engineIndex, startNs, endNs } = episode;
    const within = isOfEngine(episode) ? (absorbed[engineIndex]?.endedWithin(startNs, endNs) ?? []) : [];
    const others = within.filter((stall) => !taken.has(stall));
    for (const stall of others) taken.add(stall);
    return [...stalls, ...others].map((stall) => ({ stall, sharesRatio }));
  });
}

function pacesOf(
  { episode: { stalls }, paceRatio }: EpisodeShares,
  deadlines: Basis['deadlines'],
): readonly SharedPace[] {
  if (!paceRatio.some((ratio) => ratio > 0)) return [];
  return stalls.map(({ stream, lateChunkIndices }) => ({
    stream,
    excesses: paceExcesses(stream, lateChunkIndices, deadlines),
    sharesRatio: paceRatio,
  }));
}

function loadedBatches(
  engines: Basis['engines'],
  {
    stalls,
    wide,
  }: { readonly stalls: readonly SharedStall[]; readonly wide: ReadonlySet<SharedStall['sharesRatio']> },
): readonly LoadedBatch[] {
  const engineOf = new Map<TokenStream, number>(
    engines.flatMap((streams, engine) => streams.map((stream) => [stream, engine] as const)),
  );
  const byEngine = engines.map((): SharedStall[] => []);
  for (const shared of stalls) byEngine[engineOf.get(shared.stall.stream) ?? 0]?.push(shared);
  return engines.map((streams, engine) => {
    const own = byEngine[engine] ?? [];
    return new LoadedBatch(
      streams,
      own,
      own.filter(({ sharesRatio }) => wide.has(sharesRatio)),
    );
  });
}

/** Whether an episode held up the steps that all streams of its engine share. */
function isOfEngine({ scope, phase }: JudgedEpisode): boolean {
  return scope === 'engine' && phase === 'decode';
}
