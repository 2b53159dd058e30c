import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CGROUP_FILES, parseCgroupPaths } from './cgroup.js';
import { cpuClockParser, parseLoadavg } from './load.js';
import { numastatParser, parseMeminfo, parseVmstat } from './memory.js';
import { netDevParser, tcpCountersParser } from './network.js';
import { pageBytesOf } from './page-size.js';
import { pressureParser } from './pressure.js';
import { parseProcStat } from './proc-stat.js';
import {
  parseProcessIdentity,
  processStatParser,
  processStatusParser,
  schedstatParser,
} from './process-stat.js';
import { collect } from './testing/collect.js';

const STAT =
  '7 (a b) c) S 1 7 7 0 -1 4194304 101 0 6 0 30 20 0 0 20 0 5 0 1888786 3133440 358 18446744073709551615';

describe('what the kernel prints', () => {
  it('reads CPU time of the whole host and of each CPU, and the run queue', () => {
    const text =
      'cpu  10 2 3 100 4 1 2 5 9 9\ncpu11 1 0 1 7 0 0 0 3 0 0\nintr 9 9 9\nctxt 41\nprocesses 16\nprocs_running 3\nprocs_blocked 1\nsoftirq 1 2\n';
    expect(collect(parseProcStat, text)).toEqual({
      'cpu_busy_ns/0': 180_000_000,
      'cpu_user_ns/0': 120_000_000,
      'cpu_system_ns/0': 30_000_000,
      'cpu_iowait_ns/0': 40_000_000,
      'cpu_irq_ns/0': 30_000_000,
      'cpu_steal_ns/0': 50_000_000,
      'cpu_busy_ns/12': 20_000_000,
      'cpu_user_ns/12': 10_000_000,
      'cpu_system_ns/12': 10_000_000,
      'cpu_iowait_ns/12': 0,
      'cpu_irq_ns/12': 0,
      'cpu_steal_ns/12': 30_000_000,
      'context_switches_count/0': 41,
      'forks_count/0': 16,
      'runnable_tasks_count/0': 3,
      'blocked_tasks_count/0': 1,
    });
  });

  it('leaves out what an old kernel does not count', () => {
    expect(collect(parseProcStat, 'cpu  1 0 1 7\n')).not.toHaveProperty('cpu_steal_ns/0');
  });

  it('reads pressure totals', () => {
    const text =
      'some avg10=12.65 avg60=9.54 avg300=8.95 total=6073125149\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n';
    expect(collect(pressureParser('cpu'), text)).toEqual({
      'pressure_cpu_some_us/0': 6_073_125_149,
      'pressure_cpu_full_us/0': 7,
    });
  });

  it('reads memory, paging, NUMA, load and clocks', () => {
    expect(collect(parseMeminfo, 'MemTotal: 9 kB\nMemFree:   2 kB\nMemAvailable: 3 kB\n')).toEqual({
      'host_memory_free_bytes/0': 2048,
      'host_memory_available_bytes/0': 3072,
    });
    expect(collect(parseVmstat, 'pgmajfault 5\npswpin 1\npgscan_direct_throttle 8\npgscan_direct 2')).toEqual(
      {
        'major_faults_count/0': 5,
        'swapped_in_pages_count/0': 1,
        'scanned_pages_direct_count/0': 2,
      },
    );
    expect(collect(numastatParser(2), 'numa_hit 9\nnuma_miss 4\nother_node 3\n')).toEqual({
      'numa_hits_count/2': 9,
      'numa_misses_count/2': 4,
      'numa_other_node_count/2': 3,
    });
    expect(collect(parseLoadavg, '1.40 1.16 0.86 1/95 4993\n')).toEqual({ 'load_1min_count/0': 1.4 });
    expect(collect(cpuClockParser(1), '2400500\n')).toEqual({ 'cpu_clock_mhz/1': 2400.5 });
  });

  it('reads interfaces, with names that touch their first number', () => {
    const text = 'Inter-|   Receive\n face |bytes\n  eth0:10 2 3 4 0 0 0 0 50 6 7 8 0 0 0 0\n br:1: 1 2\n';
    expect(
      collect(
        netDevParser((name) => (name === 'eth0' ? 1 : undefined)),
        text,
      ),
    ).toEqual({
      'network_rx_bytes/1': 10,
      'network_rx_packets_count/1': 2,
      'network_rx_errors_count/1': 3,
      'network_rx_drops_count/1': 4,
      'network_tx_bytes/1': 50,
      'network_tx_packets_count/1': 6,
      'network_tx_errors_count/1': 7,
      'network_tx_drops_count/1': 8,
    });
  });

  it('reads TCP counters by their names, wherever the kernel put them', () => {
    const text =
      'Ip: A\nIp: 1\nTcp: MaxConn OutSegs RetransSegs\nTcp: -1 9 2\nTcpExt: X TCPTimeouts\nTcpExt: 1 4\n';
    expect(collect(tcpCountersParser(), text)).toEqual({
      'tcp_segments_sent_count/0': 9,
      'tcp_retransmits_count/0': 2,
      'tcp_timeouts_count/0': 4,
    });
  });

  it('finds TCP counters anew when their columns move', () => {
    const parse = tcpCountersParser();
    expect(collect(parse, 'Tcp: OutSegs RetransSegs\nTcp: 9 2\n')).toMatchObject({
      'tcp_retransmits_count/0': 2,
    });
    expect(collect(parse, 'Tcp: RetransSegs OutSegs\nTcp: 3 9\n')).toMatchObject({
      'tcp_retransmits_count/0': 3,
    });
  });

  it('reads a process whose name holds blanks and brackets', () => {
    expect(parseProcessIdentity(STAT)).toEqual({ name: 'a b) c', startTicks: 1_888_786 });
    expect(collect(processStatParser(7, 4096), STAT)).toEqual({
      'process_major_faults_count/7': 6,
      'process_cpu_user_ns/7': 300_000_000,
      'process_cpu_system_ns/7': 200_000_000,
      'process_threads_count/7': 5,
      'process_resident_bytes/7': 358 * 4096,
    });
    expect(collect(schedstatParser(7), '100 25 3\n')).toEqual({
      'process_main_thread_run_queue_wait_ns/7': 25,
    });
    expect(
      collect(processStatusParser(7), 'voluntary_ctxt_switches:\t4\nnonvoluntary_ctxt_switches:\t5\n'),
    ).toEqual({
      'process_main_thread_voluntary_switches_count/7': 4,
      'process_main_thread_involuntary_switches_count/7': 5,
    });
  });

  it('reads both versions of control groups in the same units', () => {
    const read = (version: number, controller: string, text: string): Record<string, number> =>
      Object.assign(
        {},
        ...CGROUP_FILES.filter((each) => each.version === version && each.controller === controller).map(
          ({ parser }) => collect(parser(0), text),
        ),
      ) as Record<string, number>;
    expect(read(2, 'cpu', 'usage_usec 5\nnr_throttled 2\nthrottled_usec 3\n')).toEqual({
      'cgroup_cpu_used_ns/0': 5000,
      'cgroup_cpu_throttled_count/0': 2,
      'cgroup_cpu_throttled_ns/0': 3000,
    });
    expect(read(1, 'cpu', 'nr_periods 9\nthrottled_time 3000\n')).toEqual({
      'cgroup_cpu_periods_count/0': 9,
      'cgroup_cpu_throttled_ns/0': 3000,
    });
    expect(parseCgroupPaths('4:cpu,cpuacct:/a:b\n0::/\n').get('cpuacct')).toBe('/a:b');
  });

  it('reads the page size', () => {
    const auxv = Buffer.alloc(32);
    auxv.writeBigUInt64LE(6n, 16);
    auxv.writeBigUInt64LE(65_536n, 24);
    expect(pageBytesOf(auxv)).toBe(65_536);
    expect(pageBytesOf(Buffer.alloc(7))).toBeUndefined();
  });
});

const PARSERS = {
  parseProcStat,
  pressure: pressureParser('io'),
  parseMeminfo,
  parseVmstat,
  numastat: numastatParser(1),
  parseLoadavg,
  cpuClock: cpuClockParser(1),
  netDev: netDevParser(() => 1),
  tcpCounters: tcpCountersParser(),
  processStat: processStatParser(1, 4096),
  schedstat: schedstatParser(1),
  processStatus: processStatusParser(1),
  ...Object.fromEntries(CGROUP_FILES.map(({ version, file, parser }) => [`v${version} ${file}`, parser(1)])),
};

const WORDS = [
  'cpu',
  'cpu0',
  'some',
  'total=',
  'Tcp:',
  'OutSegs',
  'eth0:',
  'usage_usec',
  'pgmajfault',
  ')',
  '-1',
];
const oddText = fc
  .array(fc.oneof(fc.constantFrom(...WORDS, ' ', '\n', '\t', '0', '99999999999999999999'), fc.string()), {
    maxLength: 60,
  })
  .map((parts) => parts.join(''));

it.each(Object.entries(PARSERS))(
  '%s takes any text without throwing, and emits whole values',
  (_name, parse) => {
    fc.assert(
      fc.property(oddText, (text) => {
        const values = Object.values(collect(parse, text));
        return values.every((value) => Number.isFinite(value) && value >= 0);
      }),
      { numRuns: 500 },
    );
  },
);
