import type { EngineStreams } from './engines.js';
import type { Episode } from './episodes.js';
import type { SlowMiss, Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

/** Slow times of streams that lie no further apart are one. */
const JOINED_NS = 1_000_000_000;
/** What slows an engine may change: a longer time is judged in pieces, each long enough for every kind of sample. */
const LONGEST_NS = 5_000_000_000;
/** Where the expected gap itself is too slow, budgets are told by this share of the time. */
const LEAST_EXCESS_RATIO = 0.05;

/**
 * A time in which streams of an engine fell behind their deadlines without any stall, each gap about as long as expected. It has the form of an episode, so that
 * what slows every step a little is judged as what stops one is: a stream's excess is what its gaps took beyond what is expected of them.
 */
export type SlowSpell = Episode;

/** Of all engines, by engine and in order of time; `slowMisses` in order of time. */
export function slowSpells(
  engines: readonly EngineStreams[],
  slowMisses: readonly SlowMiss[],
): readonly SlowSpell[] {
  const engineOf = new Map(engines.flatMap((streams, engine) => streams.map((stream) => [stream, engine])));
  const byEngine = engines.map((): SlowMiss[] => []);
  for (const miss of slowMisses) byEngine[engineOf.get(miss.stream) ?? 0]?.push(miss);
  return byEngine
    .flatMap((misses, engineIndex) => piecesOf(misses).map((piece) => spellOf(piece, engineIndex)))
    .map((spell, index) => ({ ...spell, episodeId: `s${String(index + 1).padStart(4, '0')}` }));
}

function piecesOf(misses: readonly SlowMiss[]): readonly (readonly SlowMiss[])[] {
  const pieces: SlowMiss[][] = [];
  let [startNs, endNs] = [-Infinity, -Infinity];
  for (const miss of misses) {
    if (miss.fromNs - JOINED_NS <= endNs && miss.atNs - startNs <= LONGEST_NS) pieces.at(-1)?.push(miss);
    else {
      pieces.push([miss]);
      startNs = miss.fromNs;
    }
    endNs = miss.atNs;
  }
  return pieces;
}

function spellOf(misses: readonly SlowMiss[], engineIndex: number): Omit<SlowSpell, 'episodeId'> {
  const byStream = new Map<TokenStream, SlowMiss[]>();
  for (const miss of misses) {
    const ofStream = byStream.get(miss.stream);
    if (ofStream === undefined) byStream.set(miss.stream, [miss]);
    else ofStream.push(miss);
  }
  const stalls = [...byStream].map(([stream, ofStream]) => slowStall(stream, ofStream));
  return {
    engineIndex,
    phase: 'decode',
    startNs: stalls.reduce((first, { startNs }) => Math.min(first, startNs), Infinity),
    endNs: stalls.reduce((last, { endNs }) => Math.max(last, endNs), -Infinity),
    stalls,
    missedCount: stalls.reduce((sum, { missedCount }) => sum + missedCount, 0),
    decodingStreamsCount: stalls.length,
    scopeRatio: undefined,
    scope: undefined,
    catchUpRatio: undefined,
    periodicity: undefined,
  };
}

/** All slow times of one stream as one stall; `misses` in order of time, whose windows do not overlap. */
function slowStall(stream: TokenStream, misses: readonly SlowMiss[]): Stall {
  const elapsedNs = sum(misses, ({ fromNs, atNs }) => atNs - fromNs);
  const excessNs = Math.max(
    LEAST_EXCESS_RATIO * elapsedNs,
    elapsedNs - sum(misses, ({ expectedNs }) => expectedNs),
  );
  const expectedNs = elapsedNs - excessNs;
  return {
    stream,
    chunkIndex: misses[0]?.chunkIndex ?? 0,
    phase: 'decode',
    startNs: misses[0]?.fromNs ?? NaN,
    endNs: misses.at(-1)?.atNs ?? NaN,
    excessNs,
    expected: { medianNs: expectedNs, limitNs: expectedNs },
    missedCount: sum(misses, ({ missedCount }) => missedCount),
    lateChunkIndices: misses.map(({ chunkIndex }) => chunkIndex),
  };
}

function sum(misses: readonly SlowMiss[], of: (miss: SlowMiss) => number): number {
  return misses.reduce((total, miss) => total + of(miss), 0);
}
