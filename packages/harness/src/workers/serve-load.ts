import type { Phase } from '@fluidscope/trace-schema';
import { NS_PER_MS, type RunClock, type RunNs } from '@fluidscope/units';
import { shardPlan } from '@fluidscope/workload';
import { LocalLoad } from '../local-load.js';
import { measuredZeroOffsetNs } from '../measured-zero.js';
import { createNodeTimers } from '../node-timers.js';
import { createRunClock, type StartedRunClock } from '../run-clock.js';
import { RunStop } from '../run-stop.js';
import type { OpenKernelSockets } from '../stamps/kernel-sockets.js';
import { callEvery, type Cancellation, type Timers } from '../timers.js';
import { createLoadParts, type LoadParts } from './load-parts.js';
import { createPostingSink } from './posting-sink.js';
import { shareOf } from './share-of.js';
import type { FromWorker, ToWorker, WorkerAssignment } from './worker-messages.js';

/** A worker's line to the thread that started it. */
export interface WorkerLine {
  post(message: FromWorker, transfer: ArrayBuffer[]): void;
  onMessage(listener: (message: ToWorker) => void): void;
}

const TALLY_PERIOD_NS = 250 * NS_PER_MS;

/**
 * Drives a worker's share of a load and posts what is to be recorded; resolves after its last message. Never rejects: what
 * keeps it from driving the load stands in that message.
 */
export async function serveLoad(
  assignment: WorkerAssignment,
  line: WorkerLine,
  openSockets?: OpenKernelSockets,
): Promise<void> {
  const { order, zero } = assignment;
  const clock = createRunClock(zero);
  const timers = createNodeTimers(clock);
  const stop = new RunStop({ clock, timers, drainLimitNs: order.settings.drainLimitNs });
  const starts = new AgreedStarts(line, stop, clock);
  line.onMessage((message) => {
    switch (message.kind) {
      case 'start':
        return starts.agree(message.phase, message.atNs);
      case 'drain':
        return stop.drain('interrupted');
      case 'cancel':
        return stop.cancel();
    }
  });
  let parts: LoadParts | undefined;
  try {
    parts = await createLoadParts(order, clock, openSockets);
    await driveShare(assignment, { parts, line, clock, timers, stop, starts });
  } catch (thrown) {
    stop.fail(thrown);
  }
  await parts?.client.close();
  stop.dispose();
  line.post({ kind: 'ended', reason: stop.reason, failureMessage: stop.failure?.message }, []);
}

interface ShareContext {
  readonly parts: LoadParts;
  readonly line: WorkerLine;
  readonly clock: StartedRunClock;
  readonly timers: Timers;
  readonly stop: RunStop;
  readonly starts: AgreedStarts;
}

async function driveShare(assignment: WorkerAssignment, context: ShareContext): Promise<void> {
  const { order, workerIndex, workersCount } = assignment;
  const { parts, line, clock, timers, stop, starts } = context;
  const load = new LocalLoad({
    plan: shardPlan(parts.plan, workerIndex, workersCount),
    measuredZeroNs: measuredZeroOffsetNs(parts.plan),
    settings: {
      ...order.settings,
      maxInFlightCount: shareOf(order.settings.maxInFlightCount, workerIndex, workersCount),
    },
    client: parts.client,
    clock,
    timers,
    prefixTokenCounts: parts.prefixTokenCounts,
    sink: createPostingSink((batch, transfer) => line.post({ kind: 'records', batch }, [...transfer])),
    stop,
    onStage: (stage, atNs) => {
      if (stage === 'draining') line.post({ kind: 'draining', atNs, reason: stop.reason }, []);
    },
    worker: { workerIndex, agreeOnStart: (phase) => starts.ask(phase) },
  });
  const postTally = (): void => {
    const newTtftsNs = load.recentTtftsNs.takeNew();
    line.post({ kind: 'tally', atNs: clock.nowNs(), tally: load.tally(), newTtftsNs }, []);
  };
  const schedule = { startNs: clock.nowNs(), periodNs: TALLY_PERIOD_NS, nowNs: () => clock.nowNs() };
  const ticker: Cancellation = callEvery(timers, schedule, postTally);
  await load.run();
  ticker.cancel();
  postTally();
}

/** This worker's half of an agreed start: it says that it is ready, and waits to be told when, or to stop. */
class AgreedStarts {
  readonly #line: WorkerLine;
  readonly #stop: RunStop;
  readonly #clock: RunClock;
  readonly #waiting = new Map<Phase, (atNs: RunNs) => void>();

  constructor(line: WorkerLine, stop: RunStop, clock: RunClock) {
    this.#line = line;
    this.#stop = stop;
    this.#clock = clock;
  }

  ask(phase: Phase): Promise<RunNs> {
    const { sendingSignal } = this.#stop;
    return new Promise((resolve) => {
      this.#waiting.set(phase, resolve);
      sendingSignal.addEventListener('abort', () => resolve(this.#clock.nowNs()), { once: true });
      if (sendingSignal.aborted) resolve(this.#clock.nowNs());
      else this.#line.post({ kind: 'ready', phase }, []);
    });
  }

  agree(phase: Phase, atNs: RunNs): void {
    this.#waiting.get(phase)?.(atNs);
  }
}
