import type { Phase } from '@fluidscope/trace-schema';
import { NS_PER_MS, NS_PER_S, addNs, durationNs, runNs, type RunClock, type RunNs } from '@fluidscope/units';
import type { LoadPlan, PlannedRequest } from '@fluidscope/workload';
import { ClosedLoopPacing } from './closed-loop-pacing.js';
import { InFlightRequests } from './in-flight-requests.js';
import { RECENT_TTFTS_COUNT, type Load, type OnStage } from './load.js';
import type { LoadSettings } from './load-settings.js';
import { emptyTally, type LoadTally } from './load-tally.js';
import { OpenLoopPacing } from './open-loop-pacing.js';
import type { Pacing } from './pacing.js';
import { RateLimitHold } from './rate-limit-hold.js';
import { RecentValues } from './recent-values.js';
import { RecordBatcher, type RecordSink } from './record-batcher.js';
import { RequestsAhead } from './requests-ahead.js';
import type { RunStop } from './run-stop.js';
import { startSelfObservation } from './self-observation.js';
import { runSendingLoop, type SendingEnd } from './sending-loop.js';
import { callEvery, type Cancellation, type Timers } from './timers.js';
import type { PrefixTokenCounts } from './token-counting.js';
import type { SampledClient } from './transport/connection-sampling.js';
import { startTransportMonitor } from './transport/transport-monitor.js';

export interface LocalLoadOptions {
  /** This thread's share of the load. */
  readonly plan: LoadPlan;
  /** Zero of the measured schedule within the plan's own times, the same for every share. */
  readonly measuredZeroNs: number;
  readonly settings: LoadSettings;
  readonly client: SampledClient;
  readonly clock: RunClock;
  readonly timers: Timers;
  readonly prefixTokenCounts: PrefixTokenCounts | undefined;
  readonly sink: RecordSink;
  readonly stop: RunStop;
  readonly onStage: OnStage;
  /** Present in a worker's thread. */
  readonly worker?: {
    readonly workerIndex: number;
    /** Says when all workers begin this phase, once all are ready for it. */
    readonly agreeOnStart: (phase: Phase) => Promise<RunNs>;
  };
}

const CAP_REPORT_PERIOD_NS = durationNs(NS_PER_S);
/** From the decision to begin to the first send: enough for the timer to be armed. */
const START_LEAD_NS = durationNs(2 * NS_PER_MS);

/** Requests due this soon after the first leave no quiet moment to work them out in. */
const URGENT_WINDOW_NS = 100 * NS_PER_MS;
const PREPARED_PER_TURN_COUNT = 8;

/** A load driven by this thread's event loop: warm-up to its end, then the measured schedule, then the drain. */
export class LocalLoad implements Load {
  readonly recentTtftsNs = new RecentValues(RECENT_TTFTS_COUNT);
  readonly #options: LocalLoadOptions;
  readonly #tally = emptyTally();
  readonly #records: RecordBatcher;
  readonly #requests: RequestsAhead;
  readonly #inFlight: InFlightRequests;
  readonly #hold = new RateLimitHold();
  readonly #agentId: string;
  #pacing: Pacing | undefined;
  #measuredPacing: Pacing | undefined;

  constructor(options: LocalLoadOptions) {
    const { stop, worker } = options;
    const onDefect = (thrown: unknown): void => stop.fail(thrown);
    this.#options = options;
    this.#agentId = worker === undefined ? 'client' : `client/${worker.workerIndex}`;
    this.#records = new RecordBatcher(options.sink, onDefect);
    this.#requests = new RequestsAhead(options.plan);
    this.#inFlight = new InFlightRequests({
      ...options,
      workerIndex: worker?.workerIndex ?? 0,
      records: this.#records,
      tally: this.#tally,
      hold: this.#hold,
      recentTtftsNs: this.recentTtftsNs,
      cancelSignal: stop.flightSignal,
      onDefect,
    });
  }

  tally(): LoadTally {
    this.#tally.waitingCount = this.#pacing?.waitingCount ?? 0;
    this.#tally.dueCount = this.#measuredPacing?.dueCount ?? 0;
    return this.#tally;
  }

  warnings(): readonly [] {
    return [];
  }

  async run(): Promise<void> {
    const attendants = this.#startAttendants();
    try {
      await this.#drive();
    } catch (thrown) {
      this.#options.stop.fail(thrown);
    }
    await this.#inFlight.idle();
    for (const attendant of attendants) attendant.cancel();
    this.#requests.close();
  }

  async #drive(): Promise<void> {
    const { stop, settings, measuredZeroNs, onStage, clock } = this.#options;
    const warmupStartNs = await this.#begin('warmup');
    if (warmupStartNs === undefined) return;
    await this.#send({ phase: 'warmup', startNs: warmupStartNs, endNs: undefined });
    await this.#inFlight.idle();
    const measuredStartNs = await this.#begin('measured');
    if (measuredStartNs === undefined) return;
    const endNs = settings.durationNs === undefined ? undefined : addNs(measuredStartNs, settings.durationNs);
    const startNs = runNs(measuredStartNs - measuredZeroNs);
    const end = await this.#send({ phase: 'measured', startNs, endNs });
    if (end === 'duration') stop.drain('duration');
    onStage('draining', clock.nowNs());
    if (end === 'finished' && endNs !== undefined) await this.#idleOrDrainAt(endNs);
  }

  /** A plan that ran out early has until the load's time is up, and then the drain limit, like any other. */
  async #idleOrDrainAt(endNs: RunNs): Promise<void> {
    const { stop, timers } = this.#options;
    const timer = timers.callAt(endNs, () => stop.drain('duration'));
    await this.#inFlight.idle();
    timer.cancel();
  }

  /** When the phase begins; `undefined`: the load was stopped before. */
  async #begin(phase: Phase): Promise<RunNs | undefined> {
    const { stop, clock, worker, onStage } = this.#options;
    await this.#prepareStart();
    const isSkipped = worker === undefined && this.#requests.peek()?.planned.phase !== phase;
    const startNs = (await worker?.agreeOnStart(phase)) ?? addNs(clock.nowNs(), START_LEAD_NS);
    if (stop.sendingSignal.aborted) return undefined;
    if (!isSkipped) onStage(phase, startNs);
    return startNs;
  }

  /** Works out what will be sent at once, with a turn for signals now and then: prompts of thousands of tokens take long. */
  async #prepareStart(): Promise<void> {
    const { plan, stop, timers } = this.#options;
    const { concurrencyCount } = plan;
    const firstOffsetNs = this.#requests.peek()?.planned.intendedOffsetNs ?? 0;
    const isUrgent = ({ intendedOffsetNs }: PlannedRequest, position: number): boolean =>
      concurrencyCount === undefined
        ? (intendedOffsetNs ?? 0) - firstOffsetNs < URGENT_WINDOW_NS
        : position < concurrencyCount;
    for (let count = 0; !stop.sendingSignal.aborted && this.#requests.prepareOne(isUrgent); count++) {
      if (count % PREPARED_PER_TURN_COUNT !== 0) continue;
      await new Promise<void>((resolve) => timers.callAfterIo(resolve));
    }
  }

  #send(times: {
    readonly phase: Phase;
    readonly startNs: RunNs;
    readonly endNs: RunNs | undefined;
  }): Promise<SendingEnd> {
    const { plan, settings, clock, timers, stop } = this.#options;
    const requests = this.#requests;
    const pacing =
      plan.concurrencyCount === undefined
        ? new OpenLoopPacing({ requests, ...times, maxInFlightCount: settings.maxInFlightCount })
        : new ClosedLoopPacing({ requests, ...times, concurrencyCount: plan.concurrencyCount });
    this.#pacing = pacing;
    if (times.phase === 'measured') this.#measuredPacing = pacing;
    return runSendingLoop({
      pacing,
      requests,
      clock,
      timers,
      endNs: times.endNs,
      stopSignal: stop.sendingSignal,
      hold: this.#hold,
      send: (due, onEnded) => this.#inFlight.send(due, onEnded),
      recordUnsent: (due, stoppedNs) => this.#inFlight.recordNeverSent(due, stoppedNs),
    });
  }

  #startAttendants(): readonly Cancellation[] {
    const { client, clock, timers, worker } = this.#options;
    const schedule = { startNs: clock.nowNs(), periodNs: CAP_REPORT_PERIOD_NS, nowNs: () => clock.nowNs() };
    const own = { agentId: this.#agentId, clock, timers, records: this.#records };
    const { connections: sampling } = client;
    return [
      // Called off before the one that flushes the records.
      ...(sampling === undefined ? [] : [startTransportMonitor({ ...own, sampling })]),
      callEvery(timers, schedule, this.#capReporter()),
      startSelfObservation({ ...own, threadOnly: worker !== undefined }),
    ];
  }

  /** An event for each second in which the cap held requests back: there the load was not the one asked for. */
  #capReporter(): () => void {
    let reportedCount = 0;
    return () => {
      const { queuedCount, waitingCount, maxQueuedNs } = this.tally();
      if (queuedCount === reportedCount && waitingCount === 0) return;
      this.#records.addEvent({
        source: this.#agentId,
        kind: 'queued_by_cap',
        timeNs: this.#options.clock.nowNs(),
        detail: {
          sent_after_waiting_count: queuedCount - reportedCount,
          waiting_count: waitingCount,
          longest_wait_so_far_ns: maxQueuedNs,
        },
      });
      reportedCount = queuedCount;
    };
  }
}
