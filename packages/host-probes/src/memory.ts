import { metricIdOf, type EmitValue } from './emit-value.js';
import { eachNamedCounter } from './kernel-text.js';

const BYTES_PER_KIB = 1024;

const LEVELS: ReadonlyMap<string, number> = new Map([
  ['MemAvailable', metricIdOf('host_memory_available_bytes')],
  ['MemFree', metricIdOf('host_memory_free_bytes')],
  ['SwapFree', metricIdOf('swap_free_bytes')],
]);

const COUNTERS: ReadonlyMap<string, number> = new Map([
  ['pgmajfault', metricIdOf('major_faults_count')],
  ['pswpin', metricIdOf('swapped_in_pages_count')],
  ['pswpout', metricIdOf('swapped_out_pages_count')],
  ['pgscan_direct', metricIdOf('scanned_pages_direct_count')],
  ['pgscan_kswapd', metricIdOf('scanned_pages_background_count')],
]);

const NUMA: ReadonlyMap<string, number> = new Map([
  ['numa_hit', metricIdOf('numa_hits_count')],
  ['numa_miss', metricIdOf('numa_misses_count')],
  ['numa_foreign', metricIdOf('numa_foreign_count')],
  ['other_node', metricIdOf('numa_other_node_count')],
]);

/** `/proc/meminfo`, which counts in KiB and says kB. */
export function parseMeminfo(text: string, emit: EmitValue): void {
  eachNamedCounter(text, LEVELS, (id, kib) => emit(id, 0, kib * BYTES_PER_KIB));
}

/** `/proc/vmstat`. */
export function parseVmstat(text: string, emit: EmitValue): void {
  eachNamedCounter(text, COUNTERS, (id, value) => emit(id, 0, value));
}

/** `/sys/devices/system/node/nodeN/numastat`; `subId` N + 1. */
export function numastatParser(subId: number): (text: string, emit: EmitValue) => void {
  return (text, emit) => {
    eachNamedCounter(text, NUMA, (id, value) => emit(id, subId, value));
  };
}
