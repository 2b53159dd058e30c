import { describe, expect, it } from 'vitest';
import { BatchTimeline } from './batch-timeline.js';
import type { DiagnosisContext } from './causes/cause-rule.js';
import { CPU_STARVATION } from './causes/cpu-starvation.js';
import { slowSpells } from './slow-spells.js';
import { StallsByEnd } from './stalls-by-end.js';
import type { SlowMiss } from './stalls.js';
import { growing, machineOf, SLOW_STREAMS, whileSlow } from './testing/machines.js';
import { DEADLINES, MS } from './testing/streams.js';

const [DEADLINE_MS, STEP_MS] = [25, 20];

/** As if no gap had stood out: each token of the slow times late by itself. */
function slowMisses(fromMs: number, toMs: number): readonly SlowMiss[] {
  return SLOW_STREAMS.flatMap((stream) => {
    const { arrivalsNs } = stream.timings;
    return [...arrivalsNs].flatMap((atNs, chunkIndex) =>
      atNs <= fromMs * MS || atNs > toMs * MS
        ? []
        : [
            {
              stream,
              chunkIndex,
              fromNs: arrivalsNs[chunkIndex - 1] ?? NaN,
              atNs,
              expectedNs: STEP_MS * MS,
              missedCount: 1,
            },
          ],
    );
  }).sort((a, b) => a.atNs - b.atNs);
}

const CONTEXT: DiagnosisContext = {
  streams: SLOW_STREAMS,
  deadlines: DEADLINES,
  usualGap: { medianNs: 20 * MS, limitNs: 23 * MS },
  batch: new BatchTimeline(SLOW_STREAMS),
  prefillNsPerToken: undefined,
  stepNsPerToken: undefined,
  silences: [],
  stalls: [],
  decodeStalls: new StallsByEnd([]),
  bins: { fromNs: 0, binNs: 50 * MS, count: 160 },
  telemetry: machineOf({
    gpus: [{ gpm_graphics_pct: whileSlow(50, 100) }],
    host: { pressure_cpu_some_us: growing(500), cpu_busy_ns: growing(MS, MS), cpu_steal_ns: () => 0 },
  }),
};

describe('slowSpells', () => {
  it('joins misses that follow each other, and takes what gaps took beyond the expected for the excess', () => {
    const spells = slowSpells([SLOW_STREAMS], [...slowMisses(2_100, 3_900), ...slowMisses(6_000, 6_100)]);
    expect(spells.map(({ missedCount }) => missedCount)).toEqual([225, 25]);
    const [stall] = spells[0]?.stalls ?? [];
    // Steps of 40 ms where 20 ms are expected.
    expect((stall?.excessNs ?? 0) / ((stall?.endNs ?? 0) - (stall?.startNs ?? 0))).toBeCloseTo(0.5, 2);
  });

  it('leaves out what lies between: a stall there has an episode of its own', () => {
    const [spell] = slowSpells([SLOW_STREAMS], [...slowMisses(2_100, 2_300), ...slowMisses(2_900, 3_100)]);
    const [stall] = spell?.stalls ?? [];
    expect((stall?.excessNs ?? 0) / MS).toBeCloseTo(200, 0);
  });

  it('judges a long time in pieces, for what slows an engine may change', () => {
    const misses = slowMisses(100, 7_000);
    const spells = slowSpells([SLOW_STREAMS], misses);
    expect(spells.length).toBe(2);
    expect(spells.reduce((sum, { missedCount }) => sum + missedCount, 0)).toBe(misses.length);
    for (const { startNs, endNs } of spells) expect(endNs - startNs).toBeLessThanOrEqual(5_000 * MS);
  });

  it('is empty without such misses', () => {
    expect(slowSpells([SLOW_STREAMS], [])).toEqual([]);
  });

  it('takes a twentieth of the time for the excess where the expected gap itself is too slow', () => {
    const late = slowMisses(2_100, 3_900).map((miss) => ({ ...miss, expectedNs: 2 * DEADLINE_MS * MS }));
    const [stall] = slowSpells([SLOW_STREAMS], late)[0]?.stalls ?? [];
    expect((stall?.excessNs ?? 0) / ((stall?.endNs ?? 0) - (stall?.startNs ?? 0))).toBeCloseTo(0.05, 3);
  });
});

describe('a rule of episodes', () => {
  it('speaks of a slow time as well, and not of one in which nothing was amiss', () => {
    const misses = [...slowMisses(2_100, 3_900), ...slowMisses(6_000, 6_100)];
    const [slow, other] = slowSpells([SLOW_STREAMS], misses).map((spell) =>
      CPU_STARVATION.judgeSlow?.(spell, CONTEXT),
    );
    expect(slow).toMatchObject([{ cause: 'cpu_starvation', sourceId: 'host-1', explainedRatio: 1 }]);
    expect(other).toEqual([]);
  });
});
