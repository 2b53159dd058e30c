import { deadlineMisses, scoreRequest, type Deadlines } from '@fluidscope/metrics';
import { durationNs, runNs } from '@fluidscope/units';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunFrame } from './live-messages.js';
import { LiveRun } from './live-run.js';

const MS = 1e6;
const DEADLINES: Deadlines = { ttftDeadlineNs: durationNs(100 * MS), tbtDeadlineNs: durationNs(20 * MS) };
const OPTIONS = { deadlines: DEADLINES, windowNs: 3_600e9, slotsCount: 8 };
const FRAME_NS = 50 * MS;

interface Stream {
  readonly startMs: number;
  readonly chunks: readonly (readonly [gapMs: number, tokens: number])[];
}

const streams = fc.array(
  fc.record({
    startMs: fc.integer({ min: 0, max: 500 }),
    chunks: fc.array(fc.tuple(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 1, max: 3 })), {
      maxLength: 12,
    }),
  }),
  { maxLength: 12 },
);

function timingsOf({ startMs, chunks }: Stream) {
  let atNs = startMs * MS;
  return {
    startNs: runNs(startMs * MS),
    arrivalsNs: Float64Array.from(chunks, ([gapMs]) => (atNs += gapMs * MS)),
    tokenCounts: Uint32Array.from(chunks, ([, tokens]) => tokens),
  };
}

type Delivery = { readonly atMs: number; readonly give: (run: LiveRun) => void };

/** Every record, given `delayMs` after it happened, in batches as the run's own flushes make them. */
function deliveriesOf(given: readonly Stream[], flushMs: number, delayMs: number): Delivery[] {
  const flushed = (ms: number): number => (Math.floor(ms / flushMs) + 1) * flushMs + delayMs;
  return given
    .flatMap((stream, requestIndex) => {
      const { arrivalsNs, tokenCounts } = timingsOf(stream);
      const endedNs = (arrivalsNs.at(-1) ?? stream.startMs * MS) + MS;
      const start = { requestIndex, isWarmup: false, intendedNs: stream.startMs * MS };
      const end = { requestIndex, status: 'ok' as const, errorCode: undefined, endedNs };
      return [
        { atMs: flushed(stream.startMs), give: (run: LiveRun) => run.addStarts([start]) },
        ...Array.from(arrivalsNs, (arrivalNs, at) => ({
          atMs: flushed(arrivalNs / MS),
          give: (run: LiveRun) => run.addChunks(chunksOf([[requestIndex, arrivalNs, tokenCounts[at] ?? 0]])),
        })),
        { atMs: flushed(endedNs / MS), give: (run: LiveRun) => run.addEnds([end]) },
      ];
    })
    .toSorted((a, b) => a.atMs - b.atMs);
}

function chunksOf(rows: readonly (readonly [requestIndex: number, arrivalNs: number, tokens: number])[]) {
  return {
    length: rows.length,
    requestIndex: Uint32Array.from(rows, ([requestIndex]) => requestIndex),
    arrivalNs: Float64Array.from(rows, ([, arrivalNs]) => arrivalNs),
    tokenCount: Uint32Array.from(rows, ([, , tokens]) => tokens),
  };
}

function framesOf(deliveries: readonly Delivery[], lagMs: number): RunFrame[] {
  const run = new LiveRun(OPTIONS);
  const frames: RunFrame[] = [];
  const left = [...deliveries];
  const endMs = Math.max(0, ...deliveries.map(({ atMs }) => atMs)) + lagMs + 100;
  for (let nowMs = 0; nowMs <= endMs; nowMs += 50) {
    while ((left[0]?.atMs ?? Infinity) <= nowMs) left.shift()?.give(run);
    if (nowMs >= lagMs) frames.push(run.frame((nowMs - lagMs) * MS));
  }
  return frames;
}

describe('the frames of a run', () => {
  it('add up to what the metrics say of the whole run', () => {
    fc.assert(
      fc.property(streams, (given) => {
        const last = framesOf(deliveriesOf(given, 200, 20), 300).at(-1);
        const timings = given.map(timingsOf).filter(({ tokenCounts }) => tokenCounts.length > 0);
        const scores = timings.map((each) => scoreRequest(each, DEADLINES));
        const sum = (values: readonly (number | undefined)[]): number =>
          values.reduce<number>((total, value) => total + (value ?? 0), 0);
        expect(last?.window.settled_count).toBe(sum(scores.map((score) => score.totalDeadlinesCount)));
        expect(last?.window.missed_count).toBe(sum(scores.map((score) => score.missedDeadlinesCount)));
        expect(last?.window.ttft.count).toBe(timings.length);
        expect(last?.late_tokens_total_count).toBe(
          sum(timings.map((each) => deadlineMisses(each, DEADLINES).length)),
        );
        expect(last).toMatchObject({ active_count: 0, ok_count: given.length, unseen_count: 0, streams: '' });
      }),
    );
  });

  it('are the same however the records were batched, while they come within the lag', () => {
    fc.assert(
      fc.property(
        streams,
        fc.constantFrom(1, 50, 100, 200),
        fc.integer({ min: 0, max: 90 }),
        (given, flushMs, delayMs) => {
          const prompt = framesOf(deliveriesOf(given, 1, 0), 300);
          const late = framesOf(deliveriesOf(given, flushMs, delayMs), 300);
          const shared = Math.min(prompt.length, late.length);
          expect(late.slice(0, shared)).toEqual(prompt.slice(0, shared));
          expect(late.at(-1)?.late_records_count).toBe(0);
        },
      ),
    );
  });

  it('count what came after its frame, and lose none of it', () => {
    fc.assert(
      fc.property(streams, (given) => {
        const late = framesOf(deliveriesOf(given, 1, 600), 300).at(-1);
        const prompt = framesOf(deliveriesOf(given, 1, 0), 300).at(-1);
        expect(late?.window).toMatchObject({
          settled_count: prompt?.window.settled_count,
          missed_count: prompt?.window.missed_count,
        });
        const chunksCount = given.reduce((sum, { chunks }) => sum + chunks.length, 0);
        expect(late?.late_records_count).toBe(chunksCount);
      }),
    );
  });

  it('show each stream on a line of its own, and count those that have none', () => {
    fc.assert(
      fc.property(streams, (given) => {
        for (const frame of framesOf(deliveriesOf(given, 1, 0), 300)) {
          expect(frame.streams.length).toBeLessThanOrEqual(OPTIONS.slotsCount);
          expect(frame.unslotted_count).toBeLessThanOrEqual(Math.max(0, given.length - OPTIONS.slotsCount));
          expect(frame.overdue_count).toBeGreaterThanOrEqual(frame.late_streams.length);
          const lines = frame.streams.replaceAll('.', '').length;
          expect(lines).toBeGreaterThanOrEqual(frame.active_count - frame.unslotted_count);
        }
      }),
    );
  });
});

it('tells what a stream did in each frame', () => {
  const run = new LiveRun(OPTIONS);
  run.addStarts([{ requestIndex: 4, isWarmup: false, intendedNs: 10 * MS }]);
  const at = (frame: number): string => run.frame(frame * FRAME_NS).streams;
  expect([at(1), at(2)]).toEqual(['w', 'w']);
  expect(at(3)).toBe('W');
  run.addChunks(chunksOf([[4, 160 * MS, 1]]));
  expect(at(4)).toBe('m');
  expect(at(5)).toBe('o');
  run.addChunks(chunksOf([[4, 251 * MS, 10]]));
  expect(at(6)).toBe('m');
  expect(at(7)).toBe('q');
  run.addChunks(chunksOf([[4, 351 * MS, 1]]));
  expect(at(8)).toBe('t');
  run.addEnds([{ requestIndex: 4, status: 'error', errorCode: 'reset', endedNs: 410 * MS }]);
  expect(run.frame(9 * FRAME_NS)).toMatchObject({ streams: 'x', failed_count: 1, errors: { reset: 1 } });
  expect(at(10)).toBe('');
});

it('keeps warm-up out of every figure, and its line on the page', () => {
  const run = new LiveRun(OPTIONS);
  run.addStarts([{ requestIndex: 0, isWarmup: true, intendedNs: 0 }]);
  run.addChunks(
    chunksOf([
      [0, 10 * MS, 1],
      [0, 45 * MS, 1],
    ]),
  );
  expect(run.frame(FRAME_NS)).toMatchObject({
    streams: 't',
    is_warmup: true,
    started_count: 0,
    late_tokens_count: 0,
    window: { fluidity_index: null, settled_count: 0, tokens_per_s: 0, ttft: { count: 0, p50_ns: null } },
  });
});

it('judges a first token by the deadline of its own request', () => {
  const run = new LiveRun(OPTIONS);
  run.addStarts([{ requestIndex: 0, isWarmup: false, intendedNs: 0, ttftDeadlineNs: 5 * MS }]);
  run.addChunks(chunksOf([[0, 10 * MS, 1]]));
  const [miss] = run.frame(FRAME_NS).misses;
  expect(miss).toEqual({ request_index: 0, due_ns: 5 * MS, arrival_ns: 10 * MS, missed_count: 1 });
});

it('counts what it never saw begin, and what does not fit', () => {
  const run = new LiveRun(OPTIONS);
  run.addChunks(chunksOf([[77, 1, 1]]));
  run.addEnds([{ requestIndex: 78, status: 'ok', errorCode: undefined, endedNs: 2 }]);
  run.addUnseen(5);
  expect(run.frame(FRAME_NS).unseen_count).toBe(7);
  const many = 600_000;
  run.addChunks({
    length: many,
    requestIndex: new Uint32Array(many),
    arrivalNs: new Float64Array(many).fill(1e12),
    tokenCount: new Uint32Array(many).fill(1),
  });
  expect(run.frame(2 * FRAME_NS).unseen_count).toBe(7 + 100_000);
});

it('adds up the pages of several engines and shows the fullest cache, by what was known then', () => {
  const run = new LiveRun(OPTIONS);
  const sample = (endpoint: string, metric: string, timeMs: number, value: number) => ({
    endpoint,
    metric,
    timeNs: timeMs * MS,
    value,
  });
  run.addServerSamples([
    sample('a', 'requests_waiting_count', 10, 3),
    sample('b', 'requests_waiting_count', 20, 4),
    sample('a', 'kv_cache_usage_ratio', 20, 0.25),
    sample('b', 'kv_cache_usage_ratio', 20, 0.75),
    sample('a', 'requests_waiting_count', 60, 100),
    sample('a', 'something_else', 20, 1),
  ]);
  expect(run.frame(FRAME_NS).server).toEqual({
    running_count: null,
    waiting_count: 7,
    kv_cache_usage_ratio: 0.75,
    age_ns: 40 * MS,
  });
});
