import { describe, expect, it } from 'vitest';
import { BatchTimeline } from '../batch-timeline.js';
import type { SlowMiss } from '../slow-misses.js';
import { StallsByEnd } from '../stalls-by-end.js';
import { growing, machineOf, SLOW_STREAMS, whileSlow } from '../testing/machines.js';
import { DEADLINES, MS } from '../testing/streams.js';
import type { DiagnosisContext } from './cause-rule.js';
import { CPU_STARVATION } from './cpu-starvation.js';
import { slowSpans } from './slow-spans.js';

/** As if no gap had stood out: each late token of the slow times by itself, and one of a later time. */
const SLOW_MISSES: readonly SlowMiss[] = SLOW_STREAMS.flatMap((stream) =>
  [3_060, 3_500, 3_980, 7_000].map((atMs) => ({
    stream,
    chunkIndex: stream.timings.arrivalsNs.findIndex((arrivalNs) => arrivalNs >= atMs * MS),
    atNs: atMs * MS,
    missedCount: atMs === 7_000 ? 1 : 3,
  })),
).sort((a, b) => a.atNs - b.atNs);

function contextWith(slowMisses: readonly SlowMiss[]): DiagnosisContext {
  return {
    streams: SLOW_STREAMS,
    deadlines: DEADLINES,
    usualGap: { medianNs: 20 * MS, limitNs: 23 * MS },
    batch: new BatchTimeline(SLOW_STREAMS),
    prefillNsPerToken: undefined,
    silences: [],
    stalls: [],
    decodeStalls: new StallsByEnd([]),
    slowMisses,
    bins: { fromNs: 0, binNs: 50 * MS, count: 160 },
    telemetry: machineOf({
      gpus: [{ gpm_graphics_pct: whileSlow(50, 100) }],
      host: { pressure_cpu_some_us: growing(500), cpu_busy_ns: growing(MS, MS), cpu_steal_ns: () => 0 },
    }),
  };
}

describe('slowSpans', () => {
  it('joins misses that follow each other, and takes what streams fell behind for the excess', () => {
    const spans = slowSpans(contextWith(SLOW_MISSES));
    expect(spans.map(({ startNs, endNs, missedCount }) => [startNs / MS, endNs / MS, missedCount])).toEqual([
      [2_060, 3_980, 45],
      [6_000, 7_000, 5],
    ]);
    // Steps of 40 ms against a deadline of 25 ms: three eighths of the time.
    const [stall] = spans[0]?.stalls ?? [];
    expect((stall?.excessNs ?? 0) / ((stall?.endNs ?? 0) - (stall?.startNs ?? 0))).toBeCloseTo(0.375, 2);
  });

  it('is empty without such misses', () => {
    expect(slowSpans(contextWith([]))).toEqual([]);
    expect(CPU_STARVATION.judgeThroughout?.(contextWith([]))).toEqual([]);
  });
});

describe('a rule of episodes', () => {
  it('speaks of slow times as well, for the share of the misses that it explains', () => {
    const [suspicion] = CPU_STARVATION.judgeThroughout?.(contextWith(SLOW_MISSES)) ?? [];
    expect(suspicion).toMatchObject({ cause: 'cpu_starvation', sourceId: 'host-1', explainedRatio: 0.9 });
  });
});
