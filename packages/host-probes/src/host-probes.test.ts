import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startHostProbes, type HostProbesOptions } from './host-probes.js';
import { readRecords, type ReadRecord } from './testing/collect.js';

const STAT_TAIL = ' S 1 7 7 0 -1 0 0 0 0 0 30 20 0 0 20 0 5 0 ';

describe('a tree of files', () => {
  let root: string;
  let records: ReadRecord[];
  let events: string[];
  let nowNs: bigint;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    root = await mkdtemp(join(tmpdir(), 'host-probes-'));
    records = [];
    events = [];
    nowNs = 0n;
    await put('proc/stat', 'ctxt 1\nprocs_running 2\n');
  });
  afterEach(async () => {
    vi.useRealTimers();
    await rm(root, { recursive: true });
  });

  async function put(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }

  function start(options: Partial<HostProbesOptions> = {}): ReturnType<typeof startHostProbes> {
    return startHostProbes({
      onRecords: (buffer) => records.push(...readRecords(buffer)),
      onEvent: ({ kind, pid, name }) => events.push(`${kind} ${pid} ${name}`),
      root,
      nowNs: () => nowNs,
      ...options,
    });
  }

  function pass(ms: number): void {
    for (let step = 0; step < ms; step += 10) {
      nowNs += 10_000_000n;
      vi.advanceTimersByTime(10);
    }
  }

  it('reads at once and then on schedule, from files that stay open', async () => {
    using probes = start();
    await put('proc/stat', 'ctxt 5\nprocs_running 2\n');
    pass(60);
    expect(probes.describe().missedSlotsCount).toBe(0);
    const switches = records.filter(({ series }) => series === 'context_switches_count/0');
    expect(switches).toEqual([
      { series: 'context_switches_count/0', beforeNs: 0, value: 1, flags: 1 },
      { series: 'context_switches_count/0', beforeNs: 50_000_000, value: 5, flags: 1 },
    ]);
  });

  it('says once why a metric is absent', () => {
    using probes = start();
    const { absent, metrics } = probes.describe();
    const reasonOf = (name: string): string | undefined =>
      absent.find(({ metric }) => metric === name)?.reason;
    expect(reasonOf('pressure_cpu_some_us')).toMatch(/ENOENT/);
    expect(reasonOf('numa_misses_count')).toBe('the kernel shows no NUMA nodes');
    expect(reasonOf('process_threads_count')).toBe('no living process was named to watch');
    expect(reasonOf('cpu_steal_ns')).toBe('the kernel does not count it in /proc/stat');
    expect(reasonOf('context_switches_count')).toBeUndefined();
    expect(metrics.map(({ metric }) => metric)).toContain('context_switches_count');
  });

  it('follows processes, and takes a pid that was used again for another process', async () => {
    await put('proc/7/stat', `7 (vllm)${STAT_TAIL}100 1 2 3`);
    let pids: readonly number[] = [7, 8, -1, 0.5];
    using probes = start({ pids: () => pids });
    expect(probes.describe().labels.process).toEqual({ 7: 'vllm' });
    await put('proc/7/stat', `7 (other)${STAT_TAIL}200 1 2 3`);
    pass(1000);
    pids = [];
    pass(1000);
    expect(events).toEqual([
      'process_appeared 7 vllm',
      'process_ended 7 vllm',
      'process_appeared 7 other',
      'process_ended 7 other',
    ]);
    const fresh = records.filter(({ series, flags }) => series === 'process_threads_count/7' && flags === 1);
    expect(fresh).toHaveLength(2);
  });

  it('reads control groups of both versions and falls back to the mount in a container', async () => {
    await put('proc/self/cgroup', '0::/outside/of/here\n');
    await put('sys/fs/cgroup/cgroup.controllers', 'cpu\n');
    await put('sys/fs/cgroup/cpu.stat', 'nr_throttled 3\n');
    start().close();
    expect(records.find(({ series }) => series === 'cgroup_cpu_throttled_count/0')?.value).toBe(3);
  });

  it('stops when closed, twice or once', () => {
    const probes = start();
    probes.close();
    probes.close();
    const { length } = records;
    pass(200);
    expect(records).toHaveLength(length);
  });

  it('refuses rates that no schedule can hold, all at once', () => {
    expect(() => start({ rates: { pulse: 51, gauges: NaN } })).toThrow(
      /rates.pulse.*51\n.*rates.gauges.*NaN/,
    );
  });
});

if (!existsSync('/proc/stat')) console.warn('not tested against the real /proc: there is none');

it.skipIf(!existsSync('/proc/stat'))('reads this machine and this process', () => {
  const records: ReadRecord[] = [];
  using probes = startHostProbes({
    onRecords: (buffer) => records.push(...readRecords(buffer)),
    onEvent: () => {},
    pids: () => [process.pid],
  });
  const valueOf = (series: string): number =>
    records.find((record) => record.series === series)?.value ?? Number.NaN;
  expect(valueOf('cpu_busy_ns/0')).toBeGreaterThan(0);
  expect(valueOf('cpu_busy_ns/1')).toBeLessThanOrEqual(valueOf('cpu_busy_ns/0'));
  expect(valueOf('host_memory_available_bytes/0')).toBeGreaterThan(0);
  expect(valueOf(`process_resident_bytes/${process.pid}`)).toBeGreaterThan(10_000_000);
  expect(valueOf(`process_threads_count/${process.pid}`)).toBeGreaterThan(1);
  expect(probes.describe().labels.interface).toMatchObject({ 1: expect.any(String) as string });
});
