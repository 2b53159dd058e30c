import { expect, it } from 'vitest';
import type { RequestStart } from '@fluidscope/trace-schema';
import { monoNs, runNs, wallNs } from '@fluidscope/units';
import { emptyTally, type LoadTally } from '../load-tally.js';
import { neverSentEnd } from '../request-end.js';
import { RunStop } from '../run-stop.js';
import { RecordedRows } from '../testing/recorded-rows.js';
import { ScriptedThread } from '../testing/scripted-thread.js';
import { MS, SETTINGS } from '../testing/virtual-run.js';
import { VirtualTime } from '../testing/virtual-time.js';
import type { LoadOrder } from './load-order.js';
import { WorkersLoad } from './workers-load.js';

const ORDER: LoadOrder = {
  workload: {
    seed: 1,
    arrivals: { kind: 'all_at_once' },
    requestCount: 4,
    warmupRequestCount: 0,
    promptLengths: { kind: 'fixed', lengthTokens: 1 },
    outputLengths: { kind: 'fixed', lengthTokens: 1 },
  },
  dataset: undefined,
  tokenizerPath: undefined,
  client: {
    baseUrl: 'http://127.0.0.1:9',
    endpointType: 'chat',
    model: undefined,
    apiKey: undefined,
    headers: {},
    extraBody: {},
    timeouts: {
      connectTimeoutNs: undefined,
      firstByteTimeoutNs: undefined,
      idleTimeoutNs: undefined,
      totalTimeoutNs: undefined,
    },
  },
  stampSource: 'user',
  settings: SETTINGS,
};

class ScriptedWorkers {
  readonly time = new VirtualTime();
  readonly rows = new RecordedRows();
  readonly threads: ScriptedThread[] = [];
  readonly stages: (readonly [stage: string, atNs: number])[] = [];
  readonly stop = new RunStop({ clock: this.time, timers: this.time, drainLimitNs: undefined });
  readonly load: WorkersLoad;
  readonly done: Promise<void>;

  constructor(workersCount: number, hasWarmup = false) {
    const zero = { startedMonoNs: monoNs(5n), startedWallNs: wallNs(6n) };
    this.load = new WorkersLoad({
      order: ORDER,
      workersCount,
      hasWarmup,
      writer: this.rows,
      clock: { ...zero, nowNs: () => this.time.nowNs() },
      timers: this.time,
      stop: this.stop,
      onStage: (stage, atNs) => this.stages.push([stage, atNs]),
      startThread: (assignment) => {
        expect(assignment).toMatchObject({ workerIndex: this.threads.length, workersCount, zero });
        const thread = new ScriptedThread();
        this.threads.push(thread);
        return thread;
      },
    });
    this.done = this.load.run();
  }

  thread(workerIndex: number): ScriptedThread {
    return this.threads[workerIndex]!;
  }
}

function startRow(requestIndex: number, phase: 'warmup' | 'measured' = 'measured'): RequestStart {
  return {
    requestIndex,
    phase,
    intendedNs: runNs(0),
    sentNs: runNs(0),
    promptTokens: 1,
    promptTokensSource: 'approximation',
    maxOutputTokens: 1,
    workerIndex: 0,
  };
}

function tallyMessage(tally: Partial<LoadTally>, newTtftsNs: readonly number[] = []) {
  return {
    kind: 'tally',
    atNs: runNs(7 * MS),
    tally: { ...emptyTally(), ...tally },
    newTtftsNs: Float64Array.from(newTtftsNs),
  } as const;
}

const ENDED = { kind: 'ended', reason: 'finished', failureMessage: undefined } as const;

it('starts a phase for all at one moment, when the last worker is ready', async () => {
  const workers = new ScriptedWorkers(2, true);
  workers.thread(0).say({ kind: 'ready', phase: 'warmup' });
  expect(workers.thread(0).heard).toEqual([]);
  workers.thread(1).say({ kind: 'ready', phase: 'warmup' });
  const start = { kind: 'start', phase: 'warmup', atNs: 30 * MS };
  expect(workers.threads.map(({ heard }) => heard)).toEqual([[start], [start]]);
  expect(workers.stages).toEqual([['warmup', 30 * MS]]);
  for (const thread of workers.threads) thread.say({ kind: 'draining', atNs: runNs(50), reason: 'finished' });
  for (const thread of workers.threads) thread.say(ENDED);
  await workers.done;
  expect(workers.stages.at(-1)).toEqual(['draining', 50]);
});

it('writes what workers post, adds their tallies up and ends when all threads have', async () => {
  const workers = new ScriptedWorkers(2);
  workers.thread(0).say({ kind: 'records', batch: { table: 'request_starts', rows: [startRow(0)] } });
  workers.thread(1).say({ kind: 'records', batch: { table: 'request_starts', rows: [startRow(1)] } });
  workers.thread(0).say(tallyMessage({ sentCount: 3, maxLatenessNs: 5 }, [100]));
  workers.thread(1).say(tallyMessage({ sentCount: 4, maxLatenessNs: 9 }, [300]));
  workers.thread(1).say(tallyMessage({ sentCount: 5, maxLatenessNs: 9 }, [200]));
  expect(workers.load.tally()).toMatchObject({ sentCount: 8, maxLatenessNs: 9 });
  expect(workers.load.recentTtftsNs.quantile(0.5)).toBe(200);
  workers.thread(0).say(ENDED);
  let isDone = false;
  void workers.done.then(() => (isDone = true));
  await workers.time.advanceTo(100 * MS);
  expect(isDone).toBe(false);
  workers.thread(1).say({ ...ENDED, reason: 'duration' });
  await workers.done;
  expect(workers.rows.starts.map(({ requestIndex }) => requestIndex)).toEqual([0, 1]);
  expect(workers.stop.reason).toBe('duration');
  expect(workers.threads.every(({ isTerminated }) => isTerminated)).toBe(true);
  expect(workers.time.pendingCount).toBe(0);
});

it('passes the word to stop on', async () => {
  const workers = new ScriptedWorkers(2);
  workers.stop.drain('interrupted');
  workers.stop.cancel();
  expect(workers.threads.map(({ heard }) => heard.map(({ kind }) => kind))).toEqual([
    ['drain', 'cancel'],
    ['drain', 'cancel'],
  ]);
  for (const thread of workers.threads) thread.say(ENDED);
  await workers.done;
});

it('passes it on to workers that start when it was already given', async () => {
  const time = new VirtualTime();
  const stop = new RunStop({ clock: time, timers: time, drainLimitNs: undefined });
  stop.drain('interrupted');
  const thread = new ScriptedThread();
  const load = new WorkersLoad({
    order: ORDER,
    workersCount: 1,
    hasWarmup: false,
    writer: new RecordedRows(),
    clock: { startedMonoNs: monoNs(0n), startedWallNs: wallNs(0n), nowNs: () => time.nowNs() },
    timers: time,
    stop,
    onStage: () => {},
    startThread: () => thread,
  });
  const done = load.run();
  expect(thread.heard).toEqual([{ kind: 'drain' }]);
  thread.say(ENDED);
  await done;
});

it('ends a crashed worker’s open requests as errors, records the loss, stops the others and fails', async () => {
  const workers = new ScriptedWorkers(2);
  const crashing = workers.thread(1);
  const rows = [startRow(0, 'warmup'), startRow(1), startRow(3), startRow(5)];
  crashing.say({ kind: 'records', batch: { table: 'request_starts', rows } });
  crashing.say({ kind: 'records', batch: { table: 'request_ends', rows: [neverSentEnd(1, runNs(2))] } });
  crashing.say(tallyMessage({ sentCount: 2, okCount: 1, inFlightCount: 4 }));
  await workers.time.advanceTo(9 * MS);
  crashing.crash(new Error('out of memory'));
  expect(workers.thread(0).heard).toEqual([{ kind: 'drain' }, { kind: 'cancel' }]);
  workers.thread(0).say({ ...ENDED, reason: 'interrupted' });
  await workers.done;

  const message = 'Worker 1 of 2 crashed: out of memory';
  expect(workers.rows.ends.slice(1)).toMatchObject(
    [0, 3, 5].map((requestIndex) => ({
      requestIndex,
      status: 'error',
      errorCode: 'reset',
      errorMessage: message,
      endedNs: 9 * MS,
    })),
  );
  expect(workers.rows.losses).toEqual([
    { source: 'client/1', fromNs: 7 * MS, toNs: 9 * MS, count: 4, reason: message },
  ]);
  expect(workers.load.tally()).toMatchObject({
    sentCount: 3,
    failedCount: 2,
    warmupFailedCount: 1,
    inFlightCount: 0,
  });
  expect(workers.load.tally().failedCountByCode.reset).toBe(2);
  expect(workers.load.warnings()).toMatchObject([{ code: 'worker_crashed' }]);
  expect(workers.stop).toMatchObject({ reason: 'failed', failure: { message } });
});

it('fails with a worker that says it failed', async () => {
  const workers = new ScriptedWorkers(1);
  workers.thread(0).say({ ...ENDED, reason: 'failed', failureMessage: 'no such tokenizer' });
  await workers.done;
  expect(workers.stop.failure?.message).toBe('Worker 0 failed: no such tokenizer');
  expect(workers.rows.losses).toEqual([]);
});

it('fails when a thread cannot be started, and ends with the others', async () => {
  const time = new VirtualTime();
  const stop = new RunStop({ clock: time, timers: time, drainLimitNs: undefined });
  const thread = new ScriptedThread();
  const load = new WorkersLoad({
    order: ORDER,
    workersCount: 2,
    hasWarmup: false,
    writer: new RecordedRows(),
    clock: { startedMonoNs: monoNs(0n), startedWallNs: wallNs(0n), nowNs: () => time.nowNs() },
    timers: time,
    stop,
    onStage: () => {},
    startThread: ({ workerIndex }) => {
      if (workerIndex === 1) throw new Error('no more threads');
      return thread;
    },
  });
  const done = load.run();
  expect(thread.heard.map(({ kind }) => kind)).toContain('cancel');
  thread.say({ ...ENDED, reason: 'interrupted' });
  await done;
  expect(stop.failure?.message).toBe('no more threads');
});
