import type { Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

/**
 * Stalls that overlap or follow each other, and so one event: the unit of evidence. A stall of one second over 64 streams misses some 1,900 deadlines
 * and is still one observation.
 */
export interface Episode {
  readonly episodeId: string;
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
}

const PAUSE_GAPS_COUNT = 2;
const ENGINE_SCOPE_RATIO = 0.5;
/** A stream without a miss shared the stall if it waited at least so much of what the stalled ones waited. */
const SHARED_EXCESS_RATIO = 0.5;

/** The episodes in order of their start; empty without a blamed stall. */
export function findEpisodes(streams: readonly TokenStream[], stalls: readonly Stall[]): Episode[] {
  const clusters = (['first_token', 'decode'] as const).flatMap((phase) =>
    clusterOverlaps(stalls.filter((stall) => stall.phase === phase && stall.missedCount > 0)),
  );
  const decodeStalls = stalls.filter(({ phase }) => phase === 'decode').sort((a, b) => a.startNs - b.startNs);
  return clusters
    .sort((a, b) => (a[0]?.startNs ?? 0) - (b[0]?.startNs ?? 0))
    .map((cluster, index) =>
      describe(cluster, `e${String(index + 1).padStart(4, '0')}`, { streams, decodeStalls }),
    );
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

/** An engine that is slow for a while is late with every step: its stalls leave the expected time between them. */
function pauseWithin({ phase, expected }: Stall): number {
  return phase === 'decode' ? PAUSE_GAPS_COUNT * expected.medianNs : 0;
}

interface Surroundings {
  readonly streams: readonly TokenStream[];
  /** In order of their start. */
  readonly decodeStalls: readonly Stall[];
}

/** `stalls` in order of their start. */
function describe(stalls: readonly Stall[], episodeId: string, around: Surroundings): Episode {
  const startNs = stalls[0]?.startNs ?? NaN;
  const endNs = stalls.reduce((latest, stall) => Math.max(latest, stall.endNs), -Infinity);
  const phase = stalls[0]?.phase ?? 'decode';
  const stalled = new Set(stalls.map(({ stream }) => stream));
  const decoding = around.streams.filter((stream) => stalled.has(stream) || isDecodingAt(stream, startNs));
  const scopeRatio =
    phase === 'decode' ? scopeOf(stalls, decoding, { ...around, startNs, endNs }) : undefined;
  return {
    episodeId,
    phase,
    startNs,
    endNs,
    stalls,
    missedCount: stalls.reduce((sum, { missedCount }) => sum + missedCount, 0),
    decodingStreamsCount: decoding.length,
    scopeRatio,
    scope:
      scopeRatio === undefined || decoding.length < 2
        ? undefined
        : scopeRatio >= ENGINE_SCOPE_RATIO
          ? 'engine'
          : 'request',
    catchUpRatio: phase === 'decode' ? weightedMean(stalls, catchUpOf) : undefined,
  };
}

interface Interval {
  readonly startNs: number;
  readonly endNs: number;
}

function isDecodingAt({ timings: { arrivalsNs } }: TokenStream, timeNs: number): boolean {
  return (arrivalsNs[0] ?? Infinity) <= timeNs && (arrivalsNs.at(-1) ?? -Infinity) > timeNs;
}

function scopeOf(
  stalls: readonly Stall[],
  decoding: readonly TokenStream[],
  { decodeStalls, startNs, endNs }: Surroundings & Interval,
): number {
  const least = SHARED_EXCESS_RATIO * (weightedMean(stalls, ({ excessNs }) => excessNs) ?? 0);
  const sharing = new Set(stalls.map(({ stream }) => stream));
  for (const stall of decodeStalls) {
    if (stall.startNs > endNs) break;
    if (stall.endNs >= startNs && stall.excessNs >= least) sharing.add(stall.stream);
  }
  return decoding.filter((stream) => sharing.has(stream)).length / decoding.length;
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
