import { NS_PER_US } from '@fluidscope/units';
import { metricIdOf, type ParseFile } from './emit-value.js';
import { NamedCounters } from './named-counters.js';

const USED = metricIdOf('cgroup_cpu_used_ns');
const MEMORY_MAX = metricIdOf('cgroup_memory_max_count');

/** Version 2 counts in microseconds, version 1 throttling in nanoseconds under another name. */
const CPU = new NamedCounters({
  usage_usec: { metricId: USED, scale: NS_PER_US },
  nr_periods: { metricId: metricIdOf('cgroup_cpu_periods_count') },
  nr_throttled: { metricId: metricIdOf('cgroup_cpu_throttled_count') },
  throttled_usec: { metricId: metricIdOf('cgroup_cpu_throttled_ns'), scale: NS_PER_US },
  throttled_time: { metricId: metricIdOf('cgroup_cpu_throttled_ns') },
});

const MEMORY = new NamedCounters({
  high: { metricId: metricIdOf('cgroup_memory_high_count') },
  max: { metricId: MEMORY_MAX },
  oom_kill: { metricId: metricIdOf('cgroup_oom_kills_count') },
});

/** One file of a control group's folder, by controller (version 1 keeps each controller in a tree of its own). */
export interface CgroupFile {
  readonly controller: 'cpu' | 'cpuacct' | 'memory';
  readonly version: 1 | 2;
  readonly file: string;
  readonly parser: (subId: number) => ParseFile;
}

export const CGROUP_FILES: readonly CgroupFile[] = [
  { controller: 'cpu', version: 2, file: 'cpu.stat', parser: (subId) => named(CPU, subId) },
  { controller: 'memory', version: 2, file: 'memory.events', parser: (subId) => named(MEMORY, subId) },
  { controller: 'cpu', version: 1, file: 'cpu.stat', parser: (subId) => named(CPU, subId) },
  { controller: 'cpuacct', version: 1, file: 'cpuacct.usage', parser: (subId) => single(USED, subId) },
  { controller: 'memory', version: 1, file: 'memory.failcnt', parser: (subId) => single(MEMORY_MAX, subId) },
  { controller: 'memory', version: 1, file: 'memory.oom_control', parser: (subId) => named(MEMORY, subId) },
];

function named(counters: NamedCounters, subId: number): ParseFile {
  return (text, emit) => counters.emit(text, subId, emit);
}

function single(metricId: number, subId: number): ParseFile {
  return (text, emit) => {
    const value = text.counter();
    if (value !== undefined) emit(metricId, subId, value);
  };
}

/** `/proc/PID/cgroup`: the path in each hierarchy, by controller; version 2 under the empty name. */
export function parseCgroupPaths(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const controller of controllers.split(',')) paths.set(controller, path);
  }
  return paths;
}
