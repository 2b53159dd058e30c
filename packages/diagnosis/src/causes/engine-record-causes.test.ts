import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { DEADLINES, streamOf } from '../testing/streams.js';
import { serverWith, type Curves } from '../testing/telemetry.js';

function causesOf(streams: Parameters<typeof diagnose>[0], curves: Curves = {}) {
  return [...new Set(diagnose(streams, DEADLINES, serverWith(curves)).findings.map(({ cause }) => cause))];
}

/** One of many is late with its first token by 500 ms. */
const LATE = [
  ...Array.from({ length: 8 }, (_, index) =>
    streamOf(index, {
      tokens: 100,
      startMs: 150 * index,
      promptTokens: 4_000 + 100 * index,
      ttftMs: 100 + 2 * index,
    }),
  ),
  streamOf(8, { tokens: 100, startMs: 2_000, promptTokens: 4_500, ttftMs: 700 }),
];
const stepAt = (atMs: number, before: number, after: number) => (ms: number) => (ms < atMs ? before : after);

describe('grammar_compile and kv_transfer', () => {
  it.each([
    ['grammar_compile', 'grammar_compile_time_s'],
    ['kv_transfer', 'kv_transfer_time_s'],
  ])(
    '%s is laid where its time grew during the wait by about the delay, and not where it stood still',
    (cause, metric) => {
      expect(causesOf(LATE, { [metric]: stepAt(2_300, 1, 1.5) })).toEqual([cause]);
      expect(causesOf(LATE, { [metric]: () => 1 })).toEqual(['unknown']);
      expect(causesOf(LATE, { [metric]: stepAt(2_300, 1, 1.02) })).toEqual(['unknown']);
    },
  );

  it('is not laid for a stall between tokens', () => {
    const stalled = [streamOf(0, { tokens: 100, stallsMs: { 30: 500 } })];
    expect(causesOf(stalled, { grammar_compile_time_s: stepAt(900, 1, 1.5) })).toEqual(['unknown']);
  });
});

describe('prefix_cache_miss', () => {
  /** 0.1 ms a token for the tenth that is not cached. */
  const CACHED = [
    ...Array.from({ length: 12 }, (_, index) =>
      streamOf(index, {
        tokens: 100,
        startMs: 150 * index,
        promptTokens: 4_000 + 100 * index,
        ttftMs: 80 + 10 * index,
      }),
    ),
    streamOf(12, { tokens: 100, startMs: 2_200, promptTokens: 4_500, ttftMs: 650 }),
  ];
  const queries = (ms: number): number => 30 * ms;

  it('is laid where hits fell while a prompt as long as others waited much longer', () => {
    const hits = (ms: number): number => 27 * (Math.min(ms, 2_200) + Math.max(0, ms - 2_900));
    expect(causesOf(CACHED, { prefix_cache_query_tokens: queries, prefix_cache_hit_tokens: hits })).toEqual([
      'prefix_cache_miss',
    ]);
  });

  it('is ruled out by hits as usual, and by a cache that never hits', () => {
    for (const ratio of [0.9, 0.01]) {
      const curves = {
        prefix_cache_query_tokens: queries,
        prefix_cache_hit_tokens: (ms: number) => ratio * queries(ms),
      };
      expect(causesOf(CACHED, curves)).toEqual(['unknown']);
    }
  });
});

describe('kv_preemption', () => {
  /** Two of six streams wait for two seconds and get nothing at once afterwards. */
  const VICTIMS = Array.from({ length: 6 }, (_, index) =>
    streamOf(index, { tokens: 250, stallsMs: index < 2 ? { 50: 2_000 } : {} }),
  );
  const full = (ms: number): number => (ms > 800 && ms < 3_500 ? 0.99 : 0.5);

  it('is laid to the streams that wait while requests were preempted and KV memory was full', () => {
    const [finding] = diagnose(
      VICTIMS,
      DEADLINES,
      serverWith({ preemptions_count: stepAt(1_300, 0, 2), kv_cache_usage_ratio: full }),
    ).findings;
    expect(finding).toMatchObject({ cause: 'kv_preemption', confidence: 0.95 });
    expect(finding?.evidence).toContain('2 requests preempted, KV cache up to 99 % full');
  });

  it('is laid to a first token that waits behind them, rather than a queue', () => {
    const curves = {
      preemptions_count: stepAt(2_300, 0, 2),
      kv_cache_usage_ratio: () => 0.99,
      requests_waiting_count: () => 3,
    };
    expect(causesOf(LATE, curves)).toEqual(['kv_preemption']);
  });

  it('is ruled out by a counter that stood still', () => {
    expect(causesOf(VICTIMS, { preemptions_count: () => 7, kv_cache_usage_ratio: full })).toEqual([
      'unknown',
    ]);
  });
});
