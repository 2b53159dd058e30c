import { expect, it } from 'vitest';
import { startLoopMonitor } from './loop-monitor.js';
import { RecordBatcher } from './record-batcher.js';
import { RecordedRows } from './testing/recorded-rows.js';
import { MS } from './testing/virtual-run.js';
import { VirtualTime } from './testing/virtual-time.js';

function monitored(threadOnly: boolean): {
  readonly time: VirtualTime;
  readonly samples: () => Record<string, number[]>;
  readonly stop: () => void;
} {
  const time = new VirtualTime();
  const rows = new RecordedRows();
  const records = new RecordBatcher(rows, () => {});
  const monitor = startLoopMonitor({
    agentId: 'client',
    threadOnly,
    clock: time,
    timers: time,
    records,
    // A quarter of a core in user code, an eighth in the system, half of the loop's time at work.
    usage: {
      cpuNs: () => ({ userNs: time.nowNs() / 4, systemNs: time.nowNs() / 8 }),
      loopActiveNs: () => time.nowNs() / 2,
      rssBytes: () => 1_000,
      heapUsedBytes: () => 500,
    },
  });
  const samples = (): Record<string, number[]> => {
    records.flush();
    const byMetric: Record<string, number[]> = {};
    for (const { metric, value } of rows.hostSamples) (byMetric[metric] ??= []).push(value);
    return byMetric;
  };
  return { time, samples, stop: () => monitor.cancel() };
}

it('records how late the loop ran in each window, largest and mean', async () => {
  const { time, samples, stop } = monitored(false);
  await time.advanceTo(100 * MS);
  await time.advanceTo(115 * MS);
  time.block(55 * MS);
  await time.advanceTo(300 * MS);
  stop();
  const { event_loop_delay_max_ns: maxNs, event_loop_delay_mean_ns: meanNs } = samples();
  // Second window: probes due at 110, 120 (50 ms late), 180, 190 and 200 ms.
  expect(maxNs).toEqual([0, 50 * MS, 0]);
  expect(meanNs).toEqual([0, 10 * MS, 0]);
});

it('records CPU, loop utilization and memory of the process', async () => {
  const { time, samples, stop } = monitored(false);
  await time.advanceTo(1_100 * MS);
  stop();
  expect(samples()).toMatchObject({
    cpu_user_ratio: Array<number>(11).fill(0.25),
    cpu_system_ratio: Array<number>(11).fill(0.125),
    event_loop_utilization_ratio: Array<number>(11).fill(0.5),
    rss_bytes: [1_000, 1_000],
    heap_used_bytes: [500, 500],
  });
});

it('leaves out of a thread what belongs to the process', async () => {
  const { time, samples, stop } = monitored(true);
  await time.advanceTo(100 * MS);
  stop();
  expect(Object.keys(samples()).sort()).toEqual([
    'event_loop_delay_max_ns',
    'event_loop_delay_mean_ns',
    'event_loop_utilization_ratio',
    'heap_used_bytes',
  ]);
});
