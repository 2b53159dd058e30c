import { FluidscopeError } from '@fluidscope/errors';
import type { Phase, RequestStart, TraceWriter } from '@fluidscope/trace-schema';
import { NS_PER_MS, addNs, durationNs, type RunNs } from '@fluidscope/units';
import { RECENT_TTFTS_COUNT, type Load, type OnStage } from '../load.js';
import { emptyTally, sumTallies, type LoadTally } from '../load-tally.js';
import { RecentValues } from '../recent-values.js';
import { RecordBatcher } from '../record-batcher.js';
import { lostEnd } from '../request-end.js';
import type { StartedRunClock } from '../run-clock.js';
import type { RunWarning } from '../run-result.js';
import type { RunStop } from '../run-stop.js';
import { startSelfObservation } from '../self-observation.js';
import type { Timers } from '../timers.js';
import type { LoadOrder } from './load-order.js';
import type { LoadThread, StartLoadThread } from './load-thread.js';
import { OpenRequests } from './open-requests.js';
import { appendBatch } from './posting-sink.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

export interface WorkersLoadOptions {
  readonly order: LoadOrder;
  readonly workersCount: number;
  readonly hasWarmup: boolean;
  readonly writer: TraceWriter;
  readonly clock: StartedRunClock;
  readonly timers: Timers;
  readonly stop: RunStop;
  readonly onStage: OnStage;
  readonly startThread: StartLoadThread;
}

/** From the agreement to the first send: the message must reach every thread before. */
const START_LEAD_NS = durationNs(30 * NS_PER_MS);

interface LoadWorker {
  readonly workerIndex: number;
  readonly thread: LoadThread;
  readonly open: OpenRequests;
  readonly ready: Set<Phase>;
  tally: LoadTally;
  lastHeardNs: RunNs;
  drainingNs: RunNs | undefined;
  hasEnded: boolean;
}

/**
 * A load spread over threads, each driving its share of one plan on one clock. This thread agrees on the starts, writes
 * what the workers post and passes on the word to stop.
 *
 * Rules:
 * 1. A phase starts at one moment for all, when the last worker is ready for it.
 * 2. A worker is gone when its thread is; until then the load runs. `ended` is its last message, after which it may go.
 * 3. A worker that goes without `ended` has crashed: its open requests end as errors, the gap is a loss, the run fails.
 */
export class WorkersLoad implements Load {
  readonly recentTtftsNs = new RecentValues(RECENT_TTFTS_COUNT);
  readonly #options: WorkersLoadOptions;
  readonly #workers: LoadWorker[] = [];
  readonly #records: RecordBatcher;
  readonly #warnings: RunWarning[] = [];
  #isDraining = false;

  constructor(options: WorkersLoadOptions) {
    this.#options = options;
    this.#records = new RecordBatcher(options.writer, (thrown) => options.stop.fail(thrown));
  }

  tally(): LoadTally {
    return sumTallies(this.#workers.map(({ tally }) => tally));
  }

  warnings(): readonly RunWarning[] {
    return this.#warnings;
  }

  async run(): Promise<void> {
    const { stop, clock, timers, workersCount } = this.#options;
    const observation = startSelfObservation({
      agentId: 'client',
      threadOnly: false,
      clock,
      timers,
      records: this.#records,
    });
    const onDrain = (): void => this.#tellAll({ kind: 'drain' });
    const onCancel = (): void => this.#tellAll({ kind: 'cancel' });
    stop.sendingSignal.addEventListener('abort', onDrain);
    stop.flightSignal.addEventListener('abort', onCancel);
    const gone = Array.from({ length: workersCount }, (_, workerIndex) => this.#runWorker(workerIndex));
    if (stop.sendingSignal.aborted) onDrain();
    if (stop.flightSignal.aborted) onCancel();
    await Promise.all(gone);
    stop.sendingSignal.removeEventListener('abort', onDrain);
    stop.flightSignal.removeEventListener('abort', onCancel);
    observation.cancel();
  }

  async #runWorker(workerIndex: number): Promise<void> {
    const { order, workersCount, clock, startThread, stop } = this.#options;
    const { startedMonoNs, startedWallNs } = clock;
    try {
      const zero = { startedMonoNs, startedWallNs };
      await this.#attend(workerIndex, startThread({ order, workerIndex, workersCount, zero }));
    } catch (thrown) {
      stop.fail(thrown);
    }
  }

  /** Resolves when the thread is gone: rule 2. */
  #attend(workerIndex: number, thread: LoadThread): Promise<void> {
    const { clock, stop } = this.#options;
    const worker: LoadWorker = {
      workerIndex,
      thread,
      open: new OpenRequests(),
      ready: new Set(),
      tally: emptyTally(),
      lastHeardNs: clock.nowNs(),
      drainingNs: undefined,
      hasEnded: false,
    };
    this.#workers.push(worker);
    thread.onMessage((message) => {
      try {
        this.#take(worker, message);
      } catch (thrown) {
        stop.fail(thrown);
      }
    });
    return new Promise((resolve) => {
      thread.onExit((error) => {
        if (!worker.hasEnded) this.#crashed(worker, error); // rule 3
        resolve();
      });
    });
  }

  #take(worker: LoadWorker, message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        worker.ready.add(message.phase);
        return this.#startWhenReady(message.phase);
      case 'records':
        worker.open.see(message.batch);
        return appendBatch(this.#options.writer, message.batch);
      case 'tally':
        worker.tally = message.tally;
        worker.lastHeardNs = message.atNs;
        for (const ttftNs of message.newTtftsNs) this.recentTtftsNs.push(ttftNs);
        return;
      case 'draining':
        worker.drainingNs = message.atNs;
        if (message.reason !== 'finished') this.#options.stop.conclude(message.reason);
        return this.#drainWhenAllDo();
      case 'ended':
        return this.#ended(worker, message);
    }
  }

  /** Rule 1. */
  #startWhenReady(phase: Phase): void {
    const { clock, workersCount, hasWarmup, onStage } = this.#options;
    if (this.#workers.filter(({ ready }) => ready.has(phase)).length < workersCount) return;
    const atNs = addNs(clock.nowNs(), START_LEAD_NS);
    this.#tellAll({ kind: 'start', phase, atNs });
    if (phase === 'measured' || hasWarmup) onStage(phase, atNs);
  }

  #drainWhenAllDo(): void {
    const drainingNs = this.#workers.map((worker) => worker.drainingNs);
    if (this.#isDraining || drainingNs.some((atNs) => atNs === undefined)) return;
    this.#isDraining = true;
    const latestNs = drainingNs.reduce((latest, atNs) => ((atNs ?? 0) > (latest ?? 0) ? atNs : latest));
    if (latestNs !== undefined) this.#options.onStage('draining', latestNs);
  }

  #ended(worker: LoadWorker, message: Extract<FromWorker, { kind: 'ended' }>): void {
    const { stop } = this.#options;
    worker.hasEnded = true;
    if (message.reason === 'failed') {
      stop.fail(
        new FluidscopeError(
          `Worker ${worker.workerIndex} failed: ${message.failureMessage ?? 'no reason given'}`,
          {
            code: 'harness.worker-failed',
          },
        ),
      );
    } else if (message.reason !== 'finished') stop.conclude(message.reason);
    worker.thread.terminate();
  }

  /** Rule 3. */
  #crashed(worker: LoadWorker, error: Error | undefined): void {
    const { workersCount, clock, writer, stop } = this.#options;
    const { workerIndex, lastHeardNs } = worker;
    const nowNs = clock.nowNs();
    const cause = error === undefined ? 'its thread ended without a word' : error.message;
    const message = `Worker ${workerIndex} of ${workersCount} crashed: ${cause}`;
    const open = worker.open.takeAll();
    const lostCount = Math.max(open.length, worker.tally.inFlightCount);
    for (const { requestIndex } of open) this.#records.addEnd(lostEnd(requestIndex, nowNs, message));
    writer.appendLosses([
      {
        source: `client/${workerIndex}`,
        fromNs: lastHeardNs,
        toNs: nowNs,
        count: lostCount,
        reason: message,
      },
    ]);
    worker.tally = tallyOfCrashed(worker.tally, open);
    this.#warnings.push({
      code: 'worker_crashed',
      message: `${message}. ${open.length} requests in flight are recorded as errors; what it did since its last word, and the rest of its share, is missing`,
    });
    stop.fail(new FluidscopeError(message, { code: 'harness.worker-crashed', cause: error }));
    worker.drainingNs ??= nowNs;
    this.#drainWhenAllDo();
  }

  #tellAll(message: ToWorker): void {
    for (const { thread, hasEnded } of this.#workers) if (!hasEnded) thread.post(message);
  }
}

/** What was in flight has failed; nothing is in flight or waiting any more. */
function tallyOfCrashed(tally: LoadTally, open: readonly RequestStart[]): LoadTally {
  const measuredCount = open.filter(({ phase }) => phase === 'measured').length;
  const failedCount = tally.failedCount + measuredCount;
  const endedCount = tally.okCount + failedCount + tally.cancelledCount - tally.neverSentCount;
  return {
    ...tally,
    failedCount,
    failedCountByCode: { ...tally.failedCountByCode, reset: tally.failedCountByCode.reset + measuredCount },
    warmupFailedCount: tally.warmupFailedCount + open.length - measuredCount,
    // Its last sums may be older than its last records.
    sentCount: Math.max(tally.sentCount, endedCount),
    inFlightCount: 0,
    waitingCount: 0,
  };
}
