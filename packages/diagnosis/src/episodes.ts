import { BatchTimeline } from './batch-timeline.js';
import { EngineSteps } from './engine-steps.js';
import type { EngineStreams } from './engines.js';
import { FEWEST_LIKE_COUNT, periodicities, type Periodicity } from './periodicity.js';
import { StallsByEnd } from './stalls-by-end.js';
import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

/**
 * Stalls of one engine that overlap or follow each other, and so one event: the unit of evidence. A stall of one second over 64 streams misses some 1,900
 * deadlines and is still one observation.
 */
export interface Episode {
  readonly episodeId: string;
  /** Position among the engines that the tokens tell apart; 0 where there is one. */
  readonly engineIndex: number;
  readonly phase: Stall['phase'];
  readonly startNs: number;
  readonly endNs: number;
  /** Stalls that are to blame for a miss. */
  readonly stalls: readonly Stall[];
  readonly missedCount: number;
  /** Streams that were decoding when it began, the stalled ones included. */
  readonly decodingStreamsCount: number;
  /** Share of them that stalled, with or without a miss; `undefined` for first tokens. */
  readonly scopeRatio: number | undefined;
  /** `engine`: most streams at once. `request`: some of several. `undefined`: nothing to compare with. */
  readonly scope: 'engine' | 'request' | undefined;
  /** Near 1: generated in time and delivered late. Near 0: never generated. `undefined` for first tokens. */
  readonly catchUpRatio: number | undefined;
  /** Of the episodes like this one; `undefined` for fewer than four of them, and for first tokens. */
  readonly periodicity: Periodicity | undefined;
}

const PAUSE_GAPS_COUNT = 2;
const ENGINE_SCOPE_RATIO = 0.5;
/** A stream without a miss shared the stall if it waited at least so much of what the stalled ones waited. */
const SHARED_EXCESS_RATIO = 0.5;
/** Stalls of one step end with it: so close together, in usual gaps. */
const SAME_STEP_RATIO = 0.5;

/** The episodes of all engines in order of their start; empty without a blamed stall. `usualGapNs` is over all streams. */
export function findEpisodes(
  engines: readonly EngineStreams[],
  stalls: readonly Stall[],
  usualGapNs: number,
): Episode[] {
  const engineOf = new Map(engines.flatMap((streams, engine) => streams.map((stream) => [stream, engine])));
  const byEngine = engines.map((): Stall[] => []);
  for (const stall of stalls) byEngine[engineOf.get(stall.stream) ?? 0]?.push(stall);
  return engines
    .flatMap((streams, engineIndex) =>
      episodesOfEngine(engineIndex, { streams, stalls: byEngine[engineIndex] ?? [], usualGapNs }),
    )
    .sort((a, b) => a.startNs - b.startNs)
    .map((episode, index) => ({ ...episode, episodeId: `e${String(index + 1).padStart(4, '0')}` }));
}

interface EngineStalls {
  readonly streams: EngineStreams;
  readonly stalls: readonly Stall[];
  readonly usualGapNs: number;
}

type Unnamed = Omit<Episode, 'episodeId'>;

function episodesOfEngine(engineIndex: number, { streams, stalls, usualGapNs }: EngineStalls): Unnamed[] {
  const blamed = stalls.filter(({ missedCount }) => missedCount > 0);
  if (blamed.length === 0) return [];
  const batch = new BatchTimeline(streams);
  const byEnd = new StallsByEnd(stalls.filter(({ phase }) => phase === 'decode'));
  const around = { engineIndex, batch, byEnd };
  const isWide = (stall: Stall): boolean => isOfMostStreams(stall, around);
  const decode = blamed.filter(({ phase }) => phase === 'decode');
  const clusters = [
    ...clusterOverlaps(blamed.filter(({ phase }) => phase === 'first_token')),
    ...clusterOverlaps(decode.filter(isWide)).flatMap(apartFromStops),
    ...clusterOverlaps(decode.filter((stall) => !isWide(stall))),
  ];
  return withPeriodicity(
    clusters.map((cluster) => describe(cluster, around)),
    () => new EngineSteps(streams, usualGapNs),
  );
}

/** Whether it ended with stalls of most streams, in one step. Apart from those it is an event of its own, though it may overlap with one of the engine's. */
function isOfMostStreams({ startNs, endNs, expected }: Stall, { batch, byEnd }: Surroundings): boolean {
  const marginNs = SAME_STEP_RATIO * expected.medianNs;
  const together = byEnd.endedWithinCount(endNs - marginNs, endNs + marginNs);
  return together >= ENGINE_SCOPE_RATIO * batch.decodingCountAt(startNs);
}

function clusterOverlaps(stalls: readonly Stall[]): Stall[][] {
  const clusters: Stall[][] = [];
  let endNs = -Infinity;
  for (const stall of stalls.toSorted((a, b) => a.startNs - b.startNs)) {
    if (stall.startNs <= endNs + pauseWithin(stall)) clusters.at(-1)?.push(stall);
    else clusters.push([stall]);
    endNs = Math.max(endNs, stall.endNs);
  }
  return clusters;
}

/**
 * An engine that stops while it is slow stops for a reason of its own: where slow steps led up to a much longer one, that is an event beside them. Slow steps
 * that only follow a stop are what it left to be done, and stay with it.
 */
function apartFromStops(cluster: readonly Stall[]): Stall[][] {
  const usualNs = medianExcessNs(cluster);
  const leastNs = Math.max(LEAST_STOP_NS, LEAST_STOP_RATIO * usualNs);
  const stops = clusterOverlaps(cluster.filter(({ excessNs }) => excessNs >= leastNs)).filter(
    ([first]) => first !== undefined && isLedUpTo(first, cluster, leastNs),
  );
  if (stops.length === 0) return [[...cluster]];
  const stopped = new Set(stops.flat());
  return [...stops, ...clusterOverlaps(cluster.filter((stall) => !stopped.has(stall)))];
}

/** A collection takes a tenth of a second at least, and a stop stands out against any slow step. */
const LEAST_STOP_NS = 100_000_000;
const LEAST_STOP_RATIO = 8;
const FEWEST_STEPS_COUNT = 8;

function medianExcessNs(stalls: readonly Stall[]): number {
  const sorted = Float64Array.from(stalls, ({ excessNs }) => excessNs).sort();
  return sorted[sorted.length >> 1] ?? 0;
}

/** Whether one of its stream's own gaps before it were slow again and again. */
function isLedUpTo(stop: Stall, cluster: readonly Stall[], leastNs: number): boolean {
  const before = cluster.filter(
    ({ stream, endNs, excessNs }) => stream === stop.stream && endNs <= stop.startNs && excessNs < leastNs,
  );
  return before.length >= FEWEST_STEPS_COUNT;
}

/** An engine that is slow for a while is late with every step: its stalls leave the expected time between them. */
function pauseWithin({ phase, expected }: Stall): number {
  return phase === 'decode' ? PAUSE_GAPS_COUNT * expected.medianNs : 0;
}

interface Surroundings {
  readonly engineIndex: number;
  readonly batch: BatchTimeline;
  readonly byEnd: StallsByEnd;
}

/** `stalls` in order of their start. */
function describe(stalls: readonly Stall[], { engineIndex, batch, byEnd }: Surroundings): Unnamed {
  const startNs = stalls[0]?.startNs ?? NaN;
  const endNs = stalls.reduce((latest, stall) => Math.max(latest, stall.endNs), -Infinity);
  const phase = stalls[0]?.phase ?? 'decode';
  const stalled = new Set(stalls.map(({ stream }) => stream));
  const joinedCount = [...stalled].filter((stream) => !isDecodingAt(stream, startNs)).length;
  const decodingStreamsCount = batch.decodingCountAt(startNs) + joinedCount;
  const leastNs = SHARED_EXCESS_RATIO * (weightedMean(stalls, ({ excessNs }) => excessNs) ?? 0);
  const sharing = phase === 'decode' ? byEnd.streamsStalled(startNs, endNs, leastNs) : stalled;
  const sharingOthers = [...sharing].filter(
    (stream) => !stalled.has(stream) && isDecodingAt(stream, startNs),
  ).length;
  const scopeRatio = phase === 'decode' ? (stalled.size + sharingOthers) / decodingStreamsCount : undefined;
  return {
    engineIndex,
    phase,
    startNs,
    endNs,
    stalls,
    missedCount: stalls.reduce((sum, { missedCount }) => sum + missedCount, 0),
    decodingStreamsCount,
    scopeRatio,
    scope:
      scopeRatio === undefined || decodingStreamsCount < 2
        ? undefined
        : scopeRatio >= ENGINE_SCOPE_RATIO
          ? 'engine'
          : 'request',
    catchUpRatio: phase === 'decode' ? weightedMean(stalls, catchUpOf) : undefined,
    periodicity: undefined,
  };
}

/** `stepsOf` is asked only where there may be a period: it sorts every token of the engine. */
function withPeriodicity(episodes: readonly Unnamed[], stepsOf: () => EngineSteps): Unnamed[] {
  const timed = episodes
    .filter(({ phase }) => phase === 'decode')
    .map((episode) => ({ ...episode, kind: episode.scope ?? 'alone', episode }));
  if (timed.length < FEWEST_LIKE_COUNT) return [...episodes];
  const steps = stepsOf();
  const found = new Map(
    [...periodicities(timed, (timeNs) => steps.countAt(timeNs))].map(([{ episode }, each]) => [
      episode,
      each,
    ]),
  );
  return episodes.map((episode) => ({ ...episode, periodicity: found.get(episode) }));
}

function isDecodingAt({ timings: { arrivalsNs } }: TokenStream, timeNs: number): boolean {
  return (arrivalsNs[0] ?? Infinity) <= timeNs && (arrivalsNs.at(-1) ?? -Infinity) > timeNs;
}

/** (tokens within two usual gaps after the stall - 1) / (usual gaps that it lasted - 1). Tokens, not chunks. */
function catchUpOf({ stream, chunkIndex, endNs, excessNs, expected }: Stall): number {
  const { arrivalsNs, tokenCounts } = stream.timings;
  let tokens = 0;
  for (let index = chunkIndex; (arrivalsNs[index] ?? Infinity) <= endNs + 2 * expected.medianNs; index += 1) {
    tokens += tokenCounts[index] ?? 0;
  }
  // The stalled chunk and the two that are due within two gaps would have come anyway.
  const lateTokens = Math.max(0, tokens - 3);
  const owedTokens = excessNs / expected.medianNs;
  return Math.min(1, lateTokens / Math.max(1, owedTokens));
}

/** The whole delay of an episode: the mean over its streams of what each one's stalls add up to. */
export function excessPerStreamNs({ stalls }: Episode): number {
  const streamsCount = new Set(stalls.map(({ stream }) => stream)).size;
  return stalls.reduce((sum, { excessNs }) => sum + excessNs, 0) / streamsCount;
}

/** By the misses that each stall is to blame for. */
export function weightedMean(stalls: readonly Stall[], of: (stall: Stall) => number): number | undefined {
  const weight = stalls.reduce((sum, { missedCount }) => sum + missedCount, 0);
  return weight === 0
    ? undefined
    : stalls.reduce((sum, stall) => sum + stall.missedCount * of(stall), 0) / weight;
}
