import { describe, expect, it } from 'vitest';
import { BatchTimeline } from './batch-timeline.js';
import type { DiagnosisContext } from './causes/cause-rule.js';
import { CPU_STARVATION } from './causes/cpu-starvation.js';
import { slowSpells } from './slow-spells.js';
import { StallsByEnd } from './stalls-by-end.js';
import type { SlowMiss } from './stalls.js';
import { growing, machineOf, SLOW_STREAMS, whileSlow } from './testing/machines.js';
import { DEADLINES, MS } from './testing/streams.js';

/** As if no gap had stood out: each late token of the slow times by itself, and one of a later time. */
const SLOW_MISSES: readonly SlowMiss[] = SLOW_STREAMS.flatMap((stream) =>
  [3_060, 3_500, 3_980, 7_000].map((atMs) => ({
    stream,
    chunkIndex: stream.timings.arrivalsNs.findIndex((arrivalNs) => arrivalNs >= atMs * MS),
    atNs: atMs * MS,
    missedCount: atMs === 7_000 ? 1 : 3,
  })),
).sort((a, b) => a.atNs - b.atNs);

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

function spellsOf(misses: readonly SlowMiss[]) {
  return slowSpells([SLOW_STREAMS], misses, DEADLINES.tbtDeadlineNs);
}

describe('slowSpells', () => {
  it('joins misses that follow each other, and takes what streams fell behind for the excess', () => {
    const spells = spellsOf(SLOW_MISSES);
    expect(spells.map(({ startNs, endNs, missedCount }) => [startNs / MS, endNs / MS, missedCount])).toEqual([
      [2_060, 3_980, 45],
      [6_000, 7_000, 5],
    ]);
    // Steps of 40 ms against a deadline of 25 ms: three eighths of the time.
    const [stall] = spells[0]?.stalls ?? [];
    expect((stall?.excessNs ?? 0) / ((stall?.endNs ?? 0) - (stall?.startNs ?? 0))).toBeCloseTo(0.375, 2);
  });

  it('judges a long time in pieces, for what slows an engine may change', () => {
    const [stream] = SLOW_STREAMS;
    if (stream === undefined) throw new Error('expected a stream');
    const misses = Array.from({ length: 20 }, (_, index) => ({
      stream,
      chunkIndex: index,
      atNs: 500 * index * MS,
      missedCount: 1,
    }));
    expect(spellsOf(misses).map(({ endNs, missedCount }) => [endNs / MS, missedCount])).toEqual([
      [5_000, 11],
      [9_500, 9],
    ]);
  });

  it('is empty without such misses', () => {
    expect(spellsOf([])).toEqual([]);
  });
});

describe('a rule of episodes', () => {
  it('speaks of a slow time as well, and not of one in which nothing was amiss', () => {
    const [slow, other] = spellsOf(SLOW_MISSES).map((spell) => CPU_STARVATION.judgeSlow?.(spell, CONTEXT));
    expect(slow).toMatchObject([{ cause: 'cpu_starvation', sourceId: 'host-1', explainedRatio: 1 }]);
    expect(other).toEqual([]);
  });
});
