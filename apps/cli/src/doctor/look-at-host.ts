import { SAMPLE_RECORD_BYTES, hostMetricByName } from '@fluidscope/trace-schema';
import { startHostProbes, type HostFacts, type HostProbesDescription } from '@fluidscope/host-probes';
import { probeKernelStamps, type KernelStampsProbe } from '@fluidscope/harness';
import { formatDuration } from '@fluidscope/units';
import { statfsSync } from 'node:fs';
import { availableParallelism, platform, release, tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from './finding.js';

const LOOK_MS = 1_000;
const FEW_FILES_COUNT = 4_096;
const LITTLE_DISK_BYTES = 5_000_000_000;
const BYTES_PER_GB = 1e9;
const SLOW_CLOCKS = ['hpet', 'acpi_pm', 'jiffies'];
const STEAL_LIMIT_PCT = 2;
const STEAL_METRIC_INDEX = hostMetricByName('cpu_steal_ns')?.id;

export async function lookAtHost(facts: HostFacts): Promise<readonly Finding[]> {
  const { described, stealPct } = await watchHost();
  const stamps = await probeKernelStamps();
  return [
    receiveStamps(stamps),
    clock(facts),
    ...hostGroups(described),
    steal(described, stealPct),
    openFiles(facts),
    freeDisk(),
    surroundings(facts),
    rights(facts),
  ];
}

async function watchHost(): Promise<{ described: HostProbesDescription; stealPct: number }> {
  const stealNs: number[] = [];
  using probes = startHostProbes({
    onRecords(records) {
      for (let at = 0; at < records.length; at += SAMPLE_RECORD_BYTES) {
        const isSteal =
          records.readUInt16LE(at + 14) === STEAL_METRIC_INDEX && records.readUInt32LE(at + 28) === 0;
        if (isSteal) stealNs.push(records.readDoubleLE(at + 16));
      }
    },
    onEvent: () => {},
    pids: () => [process.pid],
  });
  const startedNs = process.hrtime.bigint();
  await sleep(LOOK_MS);
  const wallNs = Number(process.hrtime.bigint() - startedNs) * availableParallelism();
  const grownNs = (stealNs.at(-1) ?? 0) - (stealNs[0] ?? 0);
  return { described: probes.describe(), stealPct: (100 * grownNs) / wallNs };
}

/** What a run's token times are worth here, tried with bytes of our own over loopback. */
export function receiveStamps(probe: KernelStampsProbe): Finding {
  const finding = { topic: 'receive_stamps', expected: 'token times are the kernel’s receive stamps' };
  if (probe.works) {
    const { boundNs, readLaterNs } = probe;
    return {
      ...finding,
      state: 'ok',
      found:
        `kernel stamps, known to within ${formatDuration(boundNs)} on loopback, ` +
        `where JavaScript reads the bytes ${formatDuration(readLaterNs)} later, and later still when it is busy`,
    };
  }
  return {
    ...finding,
    state: 'limited',
    found: `no kernel stamps: ${probe.reason}`,
    advice: `${probe.hint}. Until then a run’s token times are the event loop’s, with wider bounds, and it says so.`,
  };
}

function clock({ clockSource }: HostFacts): Finding {
  let leastStepNs = Number.POSITIVE_INFINITY;
  let lastNs = process.hrtime.bigint();
  for (let reading = 0; reading < 10_000; reading++) {
    const nowNs = process.hrtime.bigint();
    if (nowNs > lastNs) leastStepNs = Math.min(leastStepNs, Number(nowNs - lastNs));
    lastNs = nowNs;
  }
  const isSlow = clockSource !== undefined && SLOW_CLOCKS.includes(clockSource);
  return {
    topic: 'clock',
    state: isSlow ? 'limited' : 'ok',
    expected: 'a clock that is read in well under a microsecond',
    found: `${clockSource ?? 'unnamed source'}, least step ${leastStepNs} ns`,
    ...(isSlow ? { advice: 'Boot with clocksource=tsc if the CPU’s counter is stable.' } : {}),
  };
}

const GROUPS: readonly (readonly [topic: string, prefix: string, expected: string, advice: string])[] = [
  ['cpu_time', 'cpu_busy', 'CPU time of each core', 'This needs Linux’s /proc.'],
  [
    'pressure',
    'pressure_',
    'time lost to waiting for CPU, memory and disk',
    'Boot with psi=1; in a container mount the host’s /proc.',
  ],
  ['numa', 'numa_', 'misses of each NUMA node', 'Nothing to do on a machine with one node.'],
  [
    'tcp',
    'tcp_',
    'retransmits, drops and zero windows',
    'Run in the host’s network namespace to see its counters.',
  ],
  [
    'cgroup',
    'cgroup_cpu_throttled',
    'throttling by the control group’s CPU limit',
    'Without a limit there is none; otherwise mount /sys/fs/cgroup.',
  ],
  ['cpu_clock', 'cpu_clock', 'the CPUs’ clock', 'Virtual machines do not show it.'],
];

/** A group is `ok` with all of its metrics, `limited` with some, `missing` with none. */
export function hostGroups({ absent, metrics }: HostProbesDescription): readonly Finding[] {
  return GROUPS.map(([topic, prefix, expected, advice]) => {
    const lacking = absent.filter(({ metric }) => metric.startsWith(prefix));
    const there = metrics.filter(({ metric }) => metric.startsWith(prefix));
    const state = there.length === 0 ? 'missing' : lacking.length === 0 ? 'ok' : 'limited';
    const reasons = [...new Set(lacking.map(({ reason }) => reason))];
    const found = [`${there.length} of ${there.length + lacking.length} metrics`, ...reasons].join('; ');
    return { topic, state, expected, found, ...(state === 'ok' ? {} : { advice }) };
  });
}

function steal({ metrics }: HostProbesDescription, stealPct: number): Finding {
  const isKnown = metrics.some(({ metric }) => metric === 'cpu_steal_ns');
  const isHigh = stealPct > STEAL_LIMIT_PCT;
  return {
    topic: 'cpu_steal',
    state: isKnown ? (isHigh ? 'limited' : 'ok') : 'missing',
    expected: `under ${STEAL_LIMIT_PCT} % of CPU time taken by the hypervisor`,
    found: isKnown
      ? `${stealPct.toFixed(1)} % over ${LOOK_MS} ms, ${availableParallelism()} CPUs`
      : 'the kernel does not say',
    ...(isHigh ? { advice: 'Measure on a dedicated host: stolen time looks like slow tokens.' } : {}),
  };
}

function openFiles({ openFilesLimitCount }: HostFacts): Finding {
  const isFew = openFilesLimitCount !== undefined && openFilesLimitCount < FEW_FILES_COUNT;
  return {
    topic: 'open_files',
    state: isFew ? 'limited' : 'ok',
    expected: `at least ${FEW_FILES_COUNT} open files, for as many streams`,
    found: openFilesLimitCount === undefined ? 'no limit shows' : String(openFilesLimitCount),
    ...(isFew ? { advice: 'Raise it: ulimit -n 65536, or LimitNOFILE in the unit.' } : {}),
  };
}

function freeDisk(): Finding {
  const folder = process.cwd();
  const { bavail, bsize } = statfsSync(folder);
  const isLittle = bavail * bsize < LITTLE_DISK_BYTES;
  return {
    topic: 'free_disk',
    state: isLittle ? 'limited' : 'ok',
    expected: 'room for traces: 5 GB',
    found: `${((bavail * bsize) / BYTES_PER_GB).toFixed(1)} GB in ${folder}`,
    ...(isLittle
      ? { advice: `Write the trace elsewhere with --output; ${tmpdir()} may be another disk.` }
      : {}),
  };
}

function surroundings({ containerSign, cgroupVersion }: HostFacts): Finding {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibc = header?.glibcVersionRuntime;
  return {
    topic: 'system',
    state: platform() === 'linux' ? 'ok' : 'limited',
    expected: 'Linux',
    found: [
      `${platform()} ${release()}`,
      glibc === undefined ? 'no glibc (musl?)' : `glibc ${glibc}`,
      containerSign === undefined ? 'no container' : `in a container (${containerSign})`,
      cgroupVersion === undefined ? 'no control groups' : `control groups version ${cgroupVersion}`,
    ].join(', '),
  };
}

function rights({ perfEventParanoidIndex }: HostFacts): Finding {
  const isRoot = process.getuid?.() === 0;
  return {
    topic: 'rights',
    state: isRoot ? 'ok' : 'limited',
    expected: 'no rights are needed; with more, more is seen',
    found: `${isRoot ? 'root' : 'not root'}, perf_event_paranoid ${perfEventParanoidIndex ?? 'not shown'}`,
    ...(isRoot
      ? {}
      : { advice: 'As root, or in the host’s pid namespace, other users’ GPU processes show their names.' }),
  };
}
