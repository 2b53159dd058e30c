import { NS_PER_US } from '@fluidscope/units';
import { metricIdOf, type EmitValue } from './emit-value.js';
import { counterOf, eachNamedCounter } from './kernel-text.js';

const USED = metricIdOf('cgroup_cpu_used_ns');
const MEMORY_MAX = metricIdOf('cgroup_memory_max_count');

type Named = ReadonlyMap<string, readonly [metricId: number, scale: number]>;

/** Version 2 counts in microseconds, version 1 throttling in nanoseconds under another name. */
const CPU: Named = new Map([
  ['usage_usec', [USED, NS_PER_US]],
  ['nr_periods', [metricIdOf('cgroup_cpu_periods_count'), 1]],
  ['nr_throttled', [metricIdOf('cgroup_cpu_throttled_count'), 1]],
  ['throttled_usec', [metricIdOf('cgroup_cpu_throttled_ns'), NS_PER_US]],
  ['throttled_time', [metricIdOf('cgroup_cpu_throttled_ns'), 1]],
]);

const MEMORY: Named = new Map([
  ['high', [metricIdOf('cgroup_memory_high_count'), 1]],
  ['max', [MEMORY_MAX, 1]],
  ['oom_kill', [metricIdOf('cgroup_oom_kills_count'), 1]],
]);

type ParseFile = (text: string, emit: EmitValue) => void;

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

function named(metrics: Named, subId: number): ParseFile {
  return (text, emit) => {
    eachNamedCounter(text, metrics, ([metricId, scale], value) => emit(metricId, subId, value * scale));
  };
}

function single(metricId: number, subId: number): ParseFile {
  return (text, emit) => {
    const value = counterOf(text.trim());
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
