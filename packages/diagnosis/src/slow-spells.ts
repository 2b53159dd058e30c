import type { EngineStreams } from './engines.js';
import type { Episode } from './episodes.js';
import type { SlowMiss, Stall } from './stalls.js';
import type { TokenStream } from './token-stream.js';

/** A stream that misses without a stall was slow for a while before. */
const BEFORE_NS = 1_000_000_000;
/** What slows an engine may change: a longer time is judged in pieces, each long enough for every kind of sample. */
const LONGEST_NS = 5_000_000_000;
/** What a pace exceeds the deadline by may be next to nothing; budgets are then told by this share of the time. */
const LEAST_EXCESS_RATIO = 0.05;

/**
 * A time in which streams of an engine fell behind their deadlines without any stall, each gap about as long as expected. It has the form of an episode, so that
 * what slows every step a little is judged as what stops one is: a stream's excess is what it fell behind.
 */
export type SlowSpell = Episode;

/** Of all engines, by engine and in order of time; `slowMisses` in order of time. */
export function slowSpells(
  engines: readonly EngineStreams[],
  slowMisses: readonly SlowMiss[],
  tbtDeadlineNs: number,
): readonly SlowSpell[] {
  const engineOf = new Map(engines.flatMap((streams, engine) => streams.map((stream) => [stream, engine])));
  return engines
    .flatMap((_, engineIndex) =>
      spellsOf(slowMisses.filter(({ stream }) => (engineOf.get(stream) ?? 0) === engineIndex)).map((misses) =>
        spellOf(misses, engineIndex, tbtDeadlineNs),
      ),
    )
    .map((spell, index) => ({ ...spell, episodeId: `s${String(index + 1).padStart(4, '0')}` }));
}

function spellsOf(misses: readonly SlowMiss[]): readonly (readonly SlowMiss[])[] {
  const spells: SlowMiss[][] = [];
  let [startNs, endNs] = [-Infinity, -Infinity];
  for (const miss of misses) {
    if (miss.atNs - BEFORE_NS <= endNs && miss.atNs - startNs <= LONGEST_NS) spells.at(-1)?.push(miss);
    else {
      spells.push([miss]);
      startNs = miss.atNs;
    }
    endNs = miss.atNs;
  }
  return spells;
}

function spellOf(
  misses: readonly SlowMiss[],
  engineIndex: number,
  tbtDeadlineNs: number,
): Omit<SlowSpell, 'episodeId'> {
  const startNs = (misses[0]?.atNs ?? NaN) - BEFORE_NS;
  const endNs = misses.at(-1)?.atNs ?? NaN;
  const byStream = new Map<TokenStream, SlowMiss[]>();
  for (const miss of misses) {
    const ofStream = byStream.get(miss.stream);
    if (ofStream === undefined) byStream.set(miss.stream, [miss]);
    else ofStream.push(miss);
  }
  const stalls = [...byStream].map(([stream, ofStream]) =>
    slowStall(stream, ofStream, { fromNs: startNs, toNs: endNs, tbtDeadlineNs }),
  );
  return {
    engineIndex,
    phase: 'decode',
    startNs,
    endNs,
    stalls,
    missedCount: stalls.reduce((sum, { missedCount }) => sum + missedCount, 0),
    decodingStreamsCount: stalls.length,
    scopeRatio: undefined,
    scope: undefined,
    catchUpRatio: undefined,
    periodicity: undefined,
  };
}

function slowStall(
  stream: TokenStream,
  misses: readonly SlowMiss[],
  span: { readonly fromNs: number; readonly toNs: number; readonly tbtDeadlineNs: number },
): Stall {
  const { arrivalsNs, tokenCounts } = stream.timings;
  let [firstNs, lastNs, tokens] = [NaN, NaN, 0];
  arrivalsNs.forEach((atNs, index) => {
    if (atNs < span.fromNs || atNs > span.toNs) return;
    if (Number.isNaN(firstNs)) firstNs = atNs;
    else tokens += tokenCounts[index] ?? 0;
    lastNs = atNs;
  });
  const elapsedNs = Math.max(1, lastNs - firstNs);
  const excessNs = Math.max(LEAST_EXCESS_RATIO * elapsedNs, elapsedNs - tokens * span.tbtDeadlineNs);
  const expectedNs = elapsedNs - excessNs;
  return {
    stream,
    chunkIndex: misses[0]?.chunkIndex ?? 0,
    phase: 'decode',
    startNs: firstNs,
    endNs: lastNs,
    excessNs,
    expected: { medianNs: expectedNs, limitNs: expectedNs },
    missedCount: misses.reduce((sum, { missedCount }) => sum + missedCount, 0),
    lateChunkIndices: misses.map(({ chunkIndex }) => chunkIndex),
  };
}
