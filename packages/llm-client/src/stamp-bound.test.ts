import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { runNs } from '@fluidscope/units';
import { StampBound, type LoopSources } from './stamp-bound.js';
import { clientFor, clock, send, START, until } from './testing/client-fixture.js';

/** Counters that a test sets. */
class FakeSources implements LoopSources {
  idle = 0;
  queued = 0;
  idleNs = (): number => this.idle;
  queuedNs = (): number => this.queued;
  close = (): void => undefined;
}

const US = 1_000;

describe('StampBound', () => {
  it('reaches back to the last poll when the loop did not block (R2)', () => {
    const sources = new FakeSources();
    const bound = new StampBound(sources, 'linux');
    bound.begin(runNs(0));
    sources.idle += 100 * US;
    bound.afterPoll(runNs(150 * US)); // poll 1 returned at 100 us or later
    expect(bound.errorNs(runNs(400 * US))).toBe(300 * US);
    expect(bound.errorNs(runNs(410 * US))).toBe(310 * US);
    bound.afterPoll(runNs(500 * US)); // poll 2 returned at 150 us or later
    expect(bound.errorNs(runNs(520 * US))).toBe(370 * US);
  });

  it('reaches back to the waking when it did block (R1, R4)', () => {
    const sources = new FakeSources();
    const bound = new StampBound(sources, 'linux');
    bound.begin(runNs(0));
    sources.idle += 900 * US;
    // Woke at 900 us, first stamp at 910 us: 10 us of callbacks and 100 us that a wake-up may take.
    expect(bound.errorNs(runNs(910 * US))).toBe(110 * US);
    expect(bound.errorNs(runNs(990 * US))).toBe(190 * US);
  });

  it('adds the time that the thread waited for a CPU', () => {
    const sources = new FakeSources();
    const bound = new StampBound(sources, 'linux');
    bound.begin(runNs(0));
    sources.idle += 900 * US;
    sources.queued += 300 * US;
    expect(bound.errorNs(runNs(910 * US))).toBe(410 * US);
    bound.afterPoll(runNs(1_000 * US));
    sources.idle += 500 * US;
    expect(bound.errorNs(runNs(1_510 * US))).toBe(110 * US);
  });

  it('reaches no further back than the hook before the block (R3)', () => {
    const sources = new FakeSources();
    const bound = new StampBound(sources, 'linux');
    bound.begin(runNs(1_000 * US));
    sources.idle += 20 * US;
    expect(bound.errorNs(runNs(1_030 * US))).toBe(30 * US);
  });

  it('uses a larger constant where the kernel does not count', () => {
    const sources = new FakeSources();
    sources.queued = Number.NaN;
    const bound = new StampBound(sources, 'darwin');
    bound.begin(runNs(0));
    sources.idle += 9_000 * US;
    expect(bound.errorNs(runNs(9_010 * US))).toBe(1_110 * US);
  });

  it('knows no bound on Windows', () => {
    const bound = new StampBound(new FakeSources(), 'win32');
    bound.begin(runNs(0));
    expect(bound.errorNs(runNs(1))).toBeNaN();
  });
});

describe('the bound on real sockets', () => {
  let sender: ChildProcess | undefined;
  afterEach(() => {
    sender?.disconnect();
  });

  /** Every third turn or so, this loop is busy for up to 15 ms, as a client that does its work on it would be. */
  function beBusyAtTimes(): () => void {
    let count = 0;
    const timer = setInterval(() => {
      count = (count + 7) % 16;
      const busyUntilNs = clock.nowNs() + count * 1e6;
      while (clock.nowNs() < busyUntilNs);
    }, 40);
    return () => {
      clearInterval(timer);
    };
  }

  it(
    'holds for at least 99 % of tokens while the loop is held up at times',
    { timeout: 30_000 },
    async () => {
      const script = new URL('testing/timed-sender.mjs', import.meta.url);
      sender = fork(script, ['80', '12']);
      const timesOf = new Map<string, [before: string, after: string][]>();
      const [first] = (await once(sender, 'message')) as [{ port: number }];
      sender.on('message', (message: { requestId: string; times: [string, string][] }) => {
        timesOf.set(message.requestId, message.times);
      });
      const client = clientFor(`http://127.0.0.1:${first.port}`);
      const stopBeingBusy = beBusyAtTimes();
      const names = Array.from({ length: 20 }, (_, index) => `stream-${index}`);
      const streams = await Promise.all(names.map((requestId) => send(client, { request: { requestId } })));
      stopBeingBusy();
      await until(() => timesOf.size === names.length);
      await client.close();

      let count = 0;
      let held = 0;
      for (const [index, name] of names.entries()) {
        for (const { kind, text, arrivalNs, errorNs } of streams[index]?.chunks ?? []) {
          if (kind !== 'content') continue;
          const times = timesOf.get(name)?.[Number(text)] ?? ['0', '0'];
          const [before = 0, after = 0] = times.map((time) => Number(BigInt(time) - START));
          expect(arrivalNs).toBeGreaterThanOrEqual(before);
          count += 1;
          if (arrivalNs - errorNs <= after) held += 1;
        }
      }
      expect(count).toBe(20 * 80);
      expect(held / count).toBeGreaterThanOrEqual(0.99);
    },
  );
});
