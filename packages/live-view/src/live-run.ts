import type { Deadlines } from '@fluidscope/metrics';
import { emptyCounts, type LiveCounts } from './live-counts.js';
import type { LiveMiss, LiveQuantiles, LiveWindow, RunFrame } from './live-messages.js';
import { largest } from './largest.js';
import type { LogHistogram } from './log-histogram.js';
import { PendingChunks, type LiveChunks } from './pending-chunks.js';
import { PendingRows } from './pending-rows.js';
import { ServerFigures, type LiveServerSample } from './server-figures.js';
import { SlidingWindow } from './sliding-window.js';
import { Slots } from './slots.js';
import { severityOf, type StreamState } from './stream-state.js';
import { StreamWalk } from './stream-walk.js';

/** A request that was sent. */
export interface LiveStart {
  readonly requestIndex: number;
  readonly isWarmup: boolean;
  readonly intendedNs: number;
  /** Its own; absent: the run's. */
  readonly ttftDeadlineNs?: number | undefined;
}

export interface LiveEnd {
  readonly requestIndex: number;
  readonly status: 'ok' | 'error' | 'cancelled';
  readonly errorCode: string | undefined;
  readonly endedNs: number;
}

export interface LiveRunOptions {
  readonly deadlines: Deadlines;
  readonly windowNs: number;
  readonly slotsCount: number;
}

interface Stream {
  readonly requestIndex: number;
  readonly isWarmup: boolean;
  readonly slot: number | undefined;
  readonly walk: StreamWalk;
}

/** What waits for its frame is bounded: a page that cannot keep up says so and does not grow. */
const MAX_PENDING_CHUNKS = 500_000;
const MAX_PENDING_ROWS = 50_000;
const MAX_MISSES_SHOWN = 16;
const MAX_LATE_STREAMS_SHOWN = 8;

/**
 * A run as it is seen while it goes on: takes records in the order in which the run writes them, and makes one frame of all that happened up
 * to a time. A stream costs fixed memory while it lives and none after.
 *
 * What arrives after the frame of its time was made counts in the next one and in `late_records_count`: nothing is left out silently.
 * Warm-up streams have their lines and are in no figure.
 */
export class LiveRun {
  readonly #options: LiveRunOptions;
  readonly #window: SlidingWindow;
  readonly #slots: Slots;
  readonly #server = new ServerFigures();
  readonly #starts = new PendingRows<LiveStart>(({ intendedNs }) => intendedNs, MAX_PENDING_ROWS);
  readonly #chunks = new PendingChunks(MAX_PENDING_CHUNKS);
  readonly #ends = new PendingRows<LiveEnd>(({ endedNs }) => endedNs, MAX_PENDING_ROWS);
  readonly #streams = new Map<number, Stream>();
  readonly #states: StreamState[];
  readonly #counts: LiveCounts = emptyCounts();
  #misses: LiveMiss[] = [];
  #frameEndNs = -Infinity;
  #ended: string | undefined;

  constructor(options: LiveRunOptions) {
    this.#options = options;
    this.#window = new SlidingWindow(options.windowNs);
    this.#slots = new Slots(options.slotsCount);
    this.#states = Array.from({ length: options.slotsCount }, () => '.' as const);
  }

  addStarts(rows: readonly LiveStart[]): void {
    this.addUnseen(this.#starts.add(rows));
  }

  addChunks(chunks: LiveChunks): void {
    this.addUnseen(this.#chunks.add(chunks));
  }

  addEnds(rows: readonly LiveEnd[]): void {
    this.addUnseen(this.#ends.add(rows));
  }

  addServerSamples(rows: readonly LiveServerSample[]): void {
    this.#server.add(rows);
  }

  /** Records of the run that were left out on the way here. */
  addUnseen(count: number): void {
    this.#counts.unseenCount += count;
  }

  end(reason: string): void {
    this.#ended = reason;
  }

  /** The frame of all that happened up to `toNs` and was not in one before; `toNs` only grows. */
  frame(toNs: number): RunFrame {
    this.#window.advance(toNs);
    this.#states.fill('.');
    this.#misses = [];
    for (const start of this.#starts.takeUntil(toNs)) this.#begin(start);
    this.#chunks.takeUntil(toNs, (requestIndex, arrivalNs, tokens) => {
      if (arrivalNs <= this.#frameEndNs) this.#counts.lateRecordsCount += 1;
      if (tokens > 0) this.#take(requestIndex, arrivalNs, tokens);
    });
    for (const end of this.#ends.takeUntil(toNs)) this.#finish(end);
    const frame = this.#frameAt(toNs);
    this.#frameEndNs = toNs;
    return frame;
  }

  #begin({ requestIndex, isWarmup, intendedNs, ttftDeadlineNs }: LiveStart): void {
    const { deadlines } = this.#options;
    this.#counts.isWarmup = isWarmup;
    if (!isWarmup) this.#counts.startedCount += 1;
    this.#streams.set(requestIndex, {
      requestIndex,
      isWarmup,
      slot: this.#slots.take(),
      walk: new StreamWalk(intendedNs, {
        ...deadlines,
        ...(ttftDeadlineNs === undefined
          ? {}
          : { ttftDeadlineNs: ttftDeadlineNs as Deadlines['ttftDeadlineNs'] }),
      }),
    });
  }

  #take(requestIndex: number, arrivalNs: number, tokens: number): void {
    const stream = this.#streams.get(requestIndex);
    if (stream === undefined) {
      this.addUnseen(1);
      return;
    }
    const { gapNs, isFirst, dueNs, missedCount, settledCount } = stream.walk.take(arrivalNs, tokens);
    this.#mark(stream, missedCount > 0 ? 'm' : 't');
    if (stream.isWarmup) return;
    this.#window.addTokens(arrivalNs, tokens);
    this.#window.addDeadlines(arrivalNs, settledCount, missedCount);
    if (isFirst) this.#window.addTtft(arrivalNs, gapNs);
    else this.#window.addTbt(arrivalNs, gapNs, 1);
    if (tokens > 1) this.#window.addTbt(arrivalNs, 0, tokens - 1);
    if (missedCount === 0) return;
    this.#misses.push({
      request_index: requestIndex,
      due_ns: dueNs,
      arrival_ns: arrivalNs,
      missed_count: missedCount,
    });
  }

  #finish({ requestIndex, status, errorCode }: LiveEnd): void {
    const stream = this.#streams.get(requestIndex);
    if (stream === undefined) {
      this.addUnseen(1);
      return;
    }
    this.#streams.delete(requestIndex);
    if (status === 'error') this.#mark(stream, 'x');
    if (stream.slot !== undefined) this.#slots.free(stream.slot);
    if (stream.isWarmup) return;
    const counts = this.#counts;
    switch (status) {
      case 'ok':
        counts.okCount += 1;
        return;
      case 'cancelled':
        counts.cancelledCount += 1;
        return;
      case 'error':
        counts.failedCount += 1;
        counts.errors[errorCode ?? 'protocol'] = (counts.errors[errorCode ?? 'protocol'] ?? 0) + 1;
        return;
    }
  }

  /** The worst that a slot saw stays, also where two streams shared it within one frame. */
  #mark({ slot }: Stream, state: StreamState): void {
    if (slot === undefined) return;
    if (severityOf(state) > severityOf(this.#states[slot] ?? '.')) this.#states[slot] = state;
  }

  #frameAt(toNs: number): RunFrame {
    const counts = this.#counts;
    const { waitingCount, overdue } = this.#lookAround(toNs);
    this.#misses.sort((a, b) => a.arrival_ns - b.arrival_ns || a.request_index - b.request_index);
    counts.lateTokensCount += this.#misses.length;
    return {
      streams: this.#states.join('').replace(/\.+$/, ''),
      active_count: this.#streams.size,
      waiting_count: waitingCount,
      overdue_count: overdue.length,
      unslotted_count: this.#streams.size - this.#slots.takenCount,
      is_warmup: counts.isWarmup,
      started_count: counts.startedCount,
      ok_count: counts.okCount,
      failed_count: counts.failedCount,
      cancelled_count: counts.cancelledCount,
      errors: { ...counts.errors },
      window: this.#windowAt(toNs),
      misses: largest(this.#misses, (miss) => miss.arrival_ns - miss.due_ns, MAX_MISSES_SHOWN),
      late_tokens_count: this.#misses.length,
      late_tokens_total_count: counts.lateTokensCount,
      late_streams: largest(overdue, ({ walk }) => -walk.dueNs, MAX_LATE_STREAMS_SHOWN).map(
        ({ requestIndex, walk }) => ({
          request_index: requestIndex,
          overdue_ns: toNs - walk.dueNs,
          since_token_ns: toNs - walk.lastNs,
          tokens: walk.tokens,
          missed_count: walk.missedCount,
          is_first: walk.tokens === 0,
        }),
      ),
      server: this.#server.at(toNs) ?? null,
      unseen_count: counts.unseenCount,
      late_records_count: counts.lateRecordsCount,
      ended: this.#ended ?? null,
    };
  }

  /** How each stream stands at the frame's end. */
  #lookAround(toNs: number): { readonly waitingCount: number; readonly overdue: readonly Stream[] } {
    let waitingCount = 0;
    const overdue: Stream[] = [];
    for (const stream of this.#streams.values()) {
      const isFirst = stream.walk.tokens === 0;
      const isOverdue = toNs > stream.walk.dueNs;
      if (isFirst) waitingCount += 1;
      if (isOverdue) overdue.push(stream);
      this.#mark(stream, isFirst ? (isOverdue ? 'W' : 'w') : isOverdue ? 'o' : 'q');
    }
    return { waitingCount, overdue };
  }

  #windowAt(toNs: number): LiveWindow {
    const { settledCount, missedCount, tokens } = this.#window.sums;
    const spanNs = this.#window.spanNs(toNs);
    return {
      fluidity_index: settledCount === 0 ? null : (settledCount - missedCount) / settledCount,
      settled_count: settledCount,
      missed_count: missedCount,
      tokens_per_s: spanNs <= 0 ? 0 : (tokens * 1e9) / spanNs,
      ttft: quantilesOf(this.#window.ttft),
      tbt: quantilesOf(this.#window.tbt),
    };
  }
}

function quantilesOf(histogram: LogHistogram): LiveQuantiles {
  return {
    count: histogram.totalCount,
    p50_ns: histogram.quantileNs(0.5) ?? null,
    p99_ns: histogram.quantileNs(0.99) ?? null,
  };
}
