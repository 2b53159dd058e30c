import type { HostTier } from '@fluidscope/trace-schema';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CGROUP_FILES, parseCgroupPaths } from './cgroup.js';
import type { ParseFile } from './emit-value.js';
import { cpuClockParser, parseLoadavg } from './load.js';
import { numastatParser, parseMeminfo, parseVmstat } from './memory.js';
import { netDevParser, tcpCountersParser } from './network.js';
import { pressureParser } from './pressure.js';
import { parseProcStat } from './proc-stat.js';
import { processStatParser, processStatusParser, schedstatParser } from './process-stat.js';

/** One file that is read again and again, and what its text means. */
export interface Probe {
  /** Below the root, such as `proc/stat`. */
  readonly path: string;
  readonly tier: HostTier;
  readonly parse: ParseFile;
}

/** Clocks are a file for each CPU; beyond this many they would cost more than they tell. */
const MAX_CLOCK_CPUS = 32;
const PRESSURE_RESOURCES = ['cpu', 'memory', 'io'] as const;

/** The files of the whole host. `interfaceSubId` numbers network interfaces by name. */
export function hostProbes(
  root: string,
  interfaceSubId: (name: string) => number | undefined,
): readonly Probe[] {
  return [
    { path: 'proc/stat', tier: 'counters', parse: parseProcStat },
    ...PRESSURE_RESOURCES.map((resource): Probe => ({
      path: `proc/pressure/${resource}`,
      tier: 'pulse',
      parse: pressureParser(resource),
    })),
    { path: 'proc/loadavg', tier: 'gauges', parse: parseLoadavg },
    { path: 'proc/meminfo', tier: 'gauges', parse: parseMeminfo },
    { path: 'proc/vmstat', tier: 'gauges', parse: parseVmstat },
    { path: 'proc/net/dev', tier: 'counters', parse: netDevParser(interfaceSubId) },
    { path: 'proc/net/snmp', tier: 'counters', parse: tcpCountersParser() },
    // The dearest file of all.
    { path: 'proc/net/netstat', tier: 'gauges', parse: tcpCountersParser() },
    ...numberedFolders(root, 'sys/devices/system/node', 'node').map((node): Probe => ({
      path: `sys/devices/system/node/node${node}/numastat`,
      tier: 'gauges',
      parse: numastatParser(node + 1),
    })),
    ...clockProbes(root),
  ];
}

function clockProbes(root: string): readonly Probe[] {
  return numberedFolders(root, 'sys/devices/system/cpu', 'cpu')
    .slice(0, MAX_CLOCK_CPUS)
    .map((cpu) => ({
      path: `sys/devices/system/cpu/cpu${cpu}/cpufreq/scaling_cur_freq`,
      tier: 'gauges',
      parse: cpuClockParser(cpu + 1),
    }));
}

/** The numbers of folders such as `node0`, `node1`, ascending; none where the parent cannot be listed. */
export function numberedFolders(root: string, parent: string, prefix: string): readonly number[] {
  try {
    return readdirSync(join(root, parent))
      .filter((name) => name.startsWith(prefix) && /^\d{1,5}$/.test(name.slice(prefix.length)))
      .map((name) => Number(name.slice(prefix.length)))
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** The files of one process. */
export function processProbes(pid: number, pageBytes: number): readonly Probe[] {
  return [
    { path: `proc/${pid}/stat`, tier: 'counters', parse: processStatParser(pid, pageBytes) },
    { path: `proc/${pid}/schedstat`, tier: 'counters', parse: schedstatParser(pid) },
    { path: `proc/${pid}/status`, tier: 'gauges', parse: processStatusParser(pid) },
  ];
}

/** The files of the control group in which a process lives, version 2 where its controllers are there, else version 1. */
export function cgroupProbes(root: string, pid: number | 'self', subId: number): readonly Probe[] {
  let text: string;
  try {
    text = readFileSync(join(root, `proc/${pid}/cgroup`), 'latin1');
  } catch {
    return [];
  }
  const paths = parseCgroupPaths(text);
  return CGROUP_FILES.flatMap(({ controller, version, file, parser }) => {
    const group = paths.get(version === 2 ? '' : controller);
    if (group === undefined) return [];
    const mount = version === 2 ? unifiedMount(root) : `sys/fs/cgroup/${controller}`;
    const folder = mount === undefined ? undefined : groupFolder(root, mount, group);
    if (folder === undefined || !existsSync(join(root, folder, file))) return [];
    return [{ path: join(folder, file), tier: 'counters', parse: parser(subId) } satisfies Probe];
  });
}

function unifiedMount(root: string): string | undefined {
  return ['sys/fs/cgroup', 'sys/fs/cgroup/unified'].find((mount) =>
    existsSync(join(root, mount, 'cgroup.controllers')),
  );
}

/** In a container the path may be that of the host, which cannot be seen: the mount's own root is then the group. */
function groupFolder(root: string, mount: string, group: string): string | undefined {
  const folder = join(mount, group);
  if (!group.includes('..') && existsSync(join(root, folder))) return folder;
  return existsSync(join(root, mount)) ? mount : undefined;
}
