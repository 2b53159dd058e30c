import { mkdtempSync, readFileSync, rmSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runSeries, type SeriesTime } from './run-series.js';
import { SeriesLog } from './series-log.js';
import type { SeriesSchedule } from './series-schedule.js';
import { seriesSpread } from './series-spread.js';
import { seriesJson, seriesMarkdown, seriesText } from './series-text.js';

// Every entry waits for the disk.
vi.setConfig({ testTimeout: 60_000 });

const HOUR_MS = 3_600_000;
const DAY: SeriesSchedule = { startedMs: 0, everyMs: HOUR_MS, forMs: 24 * HOUR_MS };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluidscope-series-'));
  path = join(folder, 'series.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true }));

class VirtualTime implements SeriesTime {
  constructor(public atMs = 0) {}
  nowMs(): number {
    return this.atMs;
  }
  async waitUntil(atMs: number): Promise<void> {
    this.atMs = Math.max(this.atMs, atMs);
  }
}

interface Played {
  readonly slots: readonly number[];
  readonly removed: readonly string[];
  readonly log: SeriesLog;
}

/** Plays a series on virtual time; a run takes `tookMs` of it, or throws. */
async function play(
  schedule: SeriesSchedule,
  time: VirtualTime,
  given: {
    readonly tookMs?: (slot: number) => number;
    readonly keptTracesCount?: number;
    readonly interrupted?: AbortSignal;
  } = {},
): Promise<Played> {
  const slots: number[] = [];
  const removed: string[] = [];
  const log = SeriesLog.open(path);
  await runSeries({
    schedule,
    log,
    time,
    keptTracesCount: given.keptTracesCount,
    interrupted: given.interrupted ?? new AbortController().signal,
    removeTrace: async (trace) => void removed.push(trace),
    runSlot: async (slot) => {
      slots.push(slot);
      time.atMs += given.tookMs?.(slot) ?? 60_000;
      return {
        trace: `run-${slot}.duckdb`,
        figures: { ok_count: 1, failed_count: 0, ttft_p99_ns: slot * 1e6 },
      };
    },
  });
  return { slots, removed, log };
}

it('runs every slot once, each at its time', async () => {
  const { slots, log } = await play(DAY, new VirtualTime());
  expect(slots).toEqual(Array.from({ length: 24 }, (_, slot) => slot));
  expect(log.entries.flatMap((entry) => (entry.kind === 'run' ? entry.at_ms / HOUR_MS : []))).toEqual(slots);
});

it('lets no runs overlap: a slot that goes by meanwhile is missed and said to be', async () => {
  const { slots, log } = await play(DAY, new VirtualTime(), {
    tookMs: (slot) => (slot === 2 ? 2.5 * HOUR_MS : 60_000),
  });
  expect(slots).not.toContain(3);
  expect(slots).not.toContain(4);
  expect(slots).toHaveLength(22);
  expect(seriesSpread(log.entries).missed).toMatchObject([
    { slot: 3, reason: 'run_in_progress' },
    { slot: 4, reason: 'run_in_progress' },
  ]);
});

it('goes on behind a run that fails', async () => {
  const { slots, log } = await play(DAY, new VirtualTime(), {
    tookMs: (slot) => {
      if (slot === 5) throw new Error('the engine is away');
      return 60_000;
    },
  });
  expect(slots).toHaveLength(24);
  const spread = seriesSpread(log.entries);
  expect(spread.failed).toMatchObject([{ slot: 5, reason: 'the engine is away' }]);
  expect(spread.measuredCount).toBe(23);
});

it('removes the oldest traces beyond those that are kept, and keeps their figures', async () => {
  const { removed, log } = await play(DAY, new VirtualTime(), { keptTracesCount: 2 });
  expect(removed).toEqual(Array.from({ length: 22 }, (_, slot) => `run-${slot}.duckdb`));
  expect(seriesSpread(log.entries).measuredCount).toBe(24);
});

it('goes on after a kill: no run twice, the one that was cut short failed, those in between missed', async () => {
  const before = SeriesLog.open(path);
  before.append({ kind: 'started', slot: 0, at_ms: 0 });
  before.append({
    kind: 'run',
    slot: 0,
    at_ms: 0,
    ended_ms: 1,
    trace: 'a',
    figures: { ok_count: 1, failed_count: 0 },
  });
  before.append({ kind: 'started', slot: 1, at_ms: HOUR_MS });
  appendFileSync(path, '{"kind":"run","slot":1,"at_');
  const { slots, log } = await play(DAY, new VirtualTime(4.5 * HOUR_MS));
  expect(slots[0]).toBe(5);
  const spread = seriesSpread(log.entries);
  expect(spread.failed).toMatchObject([{ slot: 1, reason: 'the program ended while it ran' }]);
  expect(spread.missed).toMatchObject([2, 3, 4].map((slot) => ({ slot, reason: 'not_running' })));
  expect(spread.measuredCount).toBe(20);
  for (const line of readFileSync(path, 'utf8').trim().split('\n'))
    expect(() => JSON.parse(line) as unknown).not.toThrow();
});

it('stops at an interruption and leaves what is to come', async () => {
  const interrupted = new AbortController();
  const first = await play(DAY, new VirtualTime(), {
    interrupted: interrupted.signal,
    tookMs: (slot) => {
      if (slot === 3) interrupted.abort();
      return 60_000;
    },
  });
  expect(first.slots).toEqual([0, 1, 2, 3]);
  const second = await play(DAY, new VirtualTime(3.5 * HOUR_MS));
  expect(second.slots[0]).toBe(4);
});

it('gives every slot exactly one outcome, whatever runs take and whenever the program is started again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 4 * HOUR_MS }), { minLength: 24, maxLength: 24 }),
      fc.array(fc.integer({ min: 0, max: 30 * HOUR_MS }), { maxLength: 3 }),
      async (tookMs, startsMs) => {
        rmSync(path, { force: true });
        const time = new VirtualTime();
        for (const startMs of [...startsMs.toSorted((a, b) => a - b), 0]) {
          time.atMs = Math.max(time.atMs, startMs);
          const interrupted = new AbortController();
          let ran = 0;
          await play(DAY, time, {
            interrupted: interrupted.signal,
            tookMs: (slot) => {
              if ((ran += 1) > 5 && startMs > 0) interrupted.abort();
              return tookMs[slot] ?? 0;
            },
          });
        }
        const outcomes = SeriesLog.open(path).entries.flatMap((entry) =>
          entry.kind === 'run' || entry.kind === 'failed' || entry.kind === 'missed' ? [entry.slot] : [],
        );
        expect(outcomes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, slot) => slot));
      },
    ),
    { numRuns: 10 },
  );
});

it('tells the spread over runs and by hour of the day, in text, Markdown and JSON', async () => {
  const { log } = await play({ ...DAY, forMs: 48 * HOUR_MS }, new VirtualTime());
  const spread = seriesSpread(log.entries);
  const place = { folder: 'a-day', slotsCount: 48 };
  expect(spread.spreads).toEqual([
    { figure: 'ttft_p99_ns', runsCount: 48, min: 0, p25: 11.75e6, p50: 23.5e6, p75: 35.25e6, max: 47e6 },
  ]);
  expect(spread.hours[3]).toEqual({ hour: 3, runsCount: 2, medians: { ttft_p99_ns: 15e6 } });
  expect(seriesText(spread, place)).toMatch(/TTFT p99 +0 ns +11\.8 ms +23\.5 ms +35\.3 ms +47\.0 ms +48/);
  expect(seriesMarkdown(spread, place)).toContain('| TTFT p99 | 0 ns | 11.8 ms |');
  expect(seriesJson(spread, place)).toMatchObject({
    measured_count: 48,
    spreads: { ttft_p99_ns: { p50: 23.5e6 } },
  });
});
