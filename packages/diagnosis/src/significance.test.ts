import { describe, expect, it } from 'vitest';
import { BatchTimeline } from './batch-timeline.js';
import { findEpisodes, type Episode } from './episodes.js';
import { seededRandom } from './seeded-random.js';
import { coincidencesOf, isSignificant } from './significance.js';
import { MS, streamOf } from './testing/streams.js';
import { diagnose } from './index.js';
import { DEADLINES } from './testing/streams.js';
import { binAt, binsOf } from './time-bins.js';

/** Four streams over 50 s that stall together at these tokens. */
function runWith(stallTokens: readonly number[]) {
  const stallsMs = Object.fromEntries(stallTokens.map((token) => [token, 1_500]));
  const streams = Array.from({ length: 4 }, (_, index) => streamOf(index, { tokens: 1_800, stallsMs }));
  const episodes: readonly Episode[] = diagnose(streams, DEADLINES).episodes;
  return { episodes, bins: binsOf(streams), batches: [new BatchTimeline(streams)] };
}

const TOKENS = [150, 290, 480, 700, 860, 1_040, 1_150, 1_330, 1_500, 1_620];

function coincidenceWith(
  tokens: readonly number[],
  exposureOf: (run: ReturnType<typeof runWith>) => Float64Array,
) {
  const run = runWith(tokens);
  const exposures = [
    { cause: 'power_cap' as const, sourceId: 'gpu-0', activeRatios: exposureOf(run) },
    { cause: 'vm_steal' as const, sourceId: 'host-1', activeRatios: elsewhere(run) },
  ];
  return coincidencesOf(run.episodes, exposures, { ...run, masked: [], random: seededRandom(1) });
}

function beside({ episodes, bins }: ReturnType<typeof runWith>): Float64Array {
  const active = new Float64Array(bins.count);
  for (const { startNs, endNs } of episodes) active.fill(1, binAt(bins, startNs), binAt(bins, endNs) + 1);
  return active;
}

function elsewhere({ bins }: ReturnType<typeof runWith>): Float64Array {
  return Float64Array.from({ length: bins.count }, (_, bin) => (bin % 97 < 6 ? 0.8 : 0));
}

describe('coincidencesOf', () => {
  it('gives what comes with the episodes a p-value, a lift over matched windows with its interval, and an odds ratio', () => {
    const found = coincidenceWith(TOKENS, beside);
    const [with_, without] = found;
    expect(with_?.episodesCount).toBe(TOKENS.length);
    expect(with_?.test?.familyWisePRatio).toBeLessThanOrEqual(0.05);
    expect(with_?.lift?.liftLowRatio).toBeGreaterThan(5);
    expect(with_?.lift?.oddsRatio).toBeGreaterThan(5);
    expect(without?.test?.familyWisePRatio).toBeGreaterThan(0.05);
    expect(without?.lift?.liftLowRatio ?? 0).toBeLessThan(1.5);
    expect(isSignificant(found, 'power_cap', 'gpu-0')).toBe(true);
    expect(isSignificant(found, 'power_cap', 'gpu-1')).toBe(false);
    expect(isSignificant(found, 'vm_steal', 'host-1')).toBe(false);
  });

  it('only describes fewer than eight episodes', () => {
    const [found] = coincidenceWith(TOKENS.slice(0, 7), beside);
    expect(found?.test).toBeUndefined();
    expect(found?.lift?.liftRatio).toBeGreaterThan(1);
  });

  it('is empty without an episode', () => {
    expect(coincidenceWith([], beside)).toEqual([]);
  });
});

describe('findEpisodes of several engines', () => {
  it('keeps stalls of two engines at the same time apart, each with the streams of its own', () => {
    const [a, b] = [0, 1].map((engine) =>
      Array.from({ length: 4 }, (_, index) =>
        streamOf(4 * engine + index, { tokens: 100, tbtMs: 20 + engine, stallsMs: { 50: 900 } }),
      ),
    );
    const stalls = [...(a ?? []), ...(b ?? [])].map((stream) => {
      const endNs = stream.timings.arrivalsNs[50] ?? NaN;
      const span = { startNs: endNs - 900 * MS, endNs, excessNs: 900 * MS };
      const expected = { medianNs: 20 * MS, limitNs: 23 * MS };
      return {
        ...span,
        stream,
        chunkIndex: 50,
        phase: 'decode' as const,
        expected,
        missedCount: 5,
        lateChunkIndices: [],
      };
    });
    const episodes = findEpisodes([a ?? [], b ?? []], stalls, 20 * MS);
    expect(
      episodes.map(({ engineIndex, decodingStreamsCount, scope }) => [
        engineIndex,
        decodingStreamsCount,
        scope,
      ]),
    ).toEqual([
      [0, 4, 'engine'],
      [1, 4, 'engine'],
    ]);
  });
});
