import { describe, expect, it } from 'vitest';
import { runNs, type RunNs } from '@fluidscope/units';
import { Arrivals, type ArrivalTaker } from './arrivals.js';
import { StampBound, type LoopSources } from './stamp-bound.js';

const sources: LoopSources = { idleNs: () => 0, queuedNs: () => 0, close: () => undefined };

interface Setup {
  readonly arrivals: Arrivals;
  readonly log: string[];
  taker(name: string, onBytes?: (text: string) => void): ArrivalTaker;
  advance(byNs: number): void;
  /** How often the clock was read. */
  readings(): number;
}

function setUp(): Setup {
  let nowNs = 0;
  let readingsCount = 0;
  const log: string[] = [];
  const clock = {
    nowNs: () => {
      readingsCount += 1;
      return runNs(nowNs);
    },
  };
  const arrivals = new Arrivals(clock, new StampBound(sources, 'linux'));
  return {
    arrivals,
    log,
    readings: () => readingsCount,
    advance: (byNs) => {
      nowNs += byNs;
    },
    taker: (name, onBytes) => ({
      takeBytes: (bytes: Buffer, arrivalNs: RunNs) => {
        log.push(`${name} ${bytes.toString()} @${arrivalNs}`);
        onBytes?.(bytes.toString());
      },
      takeEnd: () => log.push(`${name} end`),
    }),
  };
}

const bytes = (text: string): Buffer => Buffer.from(text);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Arrivals', () => {
  it('stamps at once and parses after the poll, in order of arrival', async () => {
    const { arrivals, log, taker, advance } = setUp();
    const a = taker('a');
    const b = taker('b');
    arrivals.open();
    for (const [one, text] of [
      [a, '1'],
      [b, '2'],
      [a, '3'],
    ] as const) {
      advance(10);
      expect(arrivals.push(one, bytes(text))).toBe(text === '1' ? 10 : text === '2' ? 20 : 30);
    }
    arrivals.pushEnd(a);
    expect(log).toEqual([]);
    await turn();
    expect(log).toEqual(['a 1 @10', 'b 2 @20', 'a 3 @30', 'a end']);
    arrivals.close();
  });

  it('yields to the poll after a slice, and goes on', async () => {
    const { arrivals, log, taker, advance } = setUp();
    const slow = taker('a', () => {
      advance(100_000);
    });
    arrivals.open();
    for (let index = 0; index < 20; index += 1) arrivals.push(slow, bytes(String(index)));
    await turn();
    expect(log).toHaveLength(8);
    arrivals.push(slow, bytes('late'));
    await turn();
    await turn();
    expect(log).toHaveLength(21);
    expect(log[20]).toMatch(/^a late/);
    arrivals.close();
  });

  it('does not yield while its backlog is large', async () => {
    const { arrivals, log, taker, advance } = setUp();
    const slow = taker('a', () => {
      advance(100_000);
    });
    arrivals.open();
    for (let index = 0; index < 5_000; index += 1) arrivals.push(slow, bytes('x'));
    await turn();
    expect(log.length).toBeGreaterThan(5_000 - 4_096);
    arrivals.flush();
    expect(log).toHaveLength(5_000);
    arrivals.close();
  });

  it('flushes on demand, and not from within a parse', async () => {
    const { arrivals, log, taker } = setUp();
    const nested = taker('a', () => {
      arrivals.flush();
    });
    arrivals.open();
    arrivals.push(nested, bytes('1'));
    arrivals.push(nested, bytes('2'));
    arrivals.flush();
    expect(log).toEqual(['a 1 @0', 'a 2 @0']);
    await turn();
    expect(log).toHaveLength(2);
    arrivals.close();
  });

  it('takes what is pushed from within a parse', async () => {
    const { arrivals, log, taker } = setUp();
    const again = taker('a', (text) => {
      if (text === '1') arrivals.push(again, bytes('2'));
    });
    arrivals.open();
    arrivals.push(again, bytes('1'));
    await turn();
    await turn();
    expect(log).toEqual(['a 1 @0', 'a 2 @0']);
    arrivals.close();
  });

  it('leaves the loop free to block while nothing arrives', async () => {
    const { arrivals, readings } = setUp();
    arrivals.open();
    const before = readings();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // A referenced immediate would spin: tens of thousands of turns, each of which reads the clock. What else runs in
    // this process (the test runner's own messages) turns the loop some hundreds of times.
    expect(readings() - before).toBeLessThan(2_000);
    arrivals.close();
  });
});
