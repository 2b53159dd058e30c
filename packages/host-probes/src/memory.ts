import { metricIdOf, type ParseFile } from './emit-value.js';
import { NamedCounters } from './named-counters.js';

/** `/proc/meminfo` counts in KiB and says kB. */
const BYTES_PER_KIB = 1024;

const LEVELS = new NamedCounters({
  MemAvailable: { metricId: metricIdOf('host_memory_available_bytes'), scale: BYTES_PER_KIB },
  MemFree: { metricId: metricIdOf('host_memory_free_bytes'), scale: BYTES_PER_KIB },
  SwapFree: { metricId: metricIdOf('swap_free_bytes'), scale: BYTES_PER_KIB },
});

const COUNTERS = new NamedCounters({
  pgmajfault: { metricId: metricIdOf('major_faults_count') },
  pswpin: { metricId: metricIdOf('swapped_in_pages_count') },
  pswpout: { metricId: metricIdOf('swapped_out_pages_count') },
  pgscan_direct: { metricId: metricIdOf('scanned_pages_direct_count') },
  pgscan_kswapd: { metricId: metricIdOf('scanned_pages_background_count') },
});

const NUMA = new NamedCounters({
  numa_hit: { metricId: metricIdOf('numa_hits_count') },
  numa_miss: { metricId: metricIdOf('numa_misses_count') },
  numa_foreign: { metricId: metricIdOf('numa_foreign_count') },
  other_node: { metricId: metricIdOf('numa_other_node_count') },
});

/** `/proc/meminfo`. */
export const parseMeminfo: ParseFile = (text, emit) => LEVELS.emit(text, 0, emit);

/** `/proc/vmstat`. */
export const parseVmstat: ParseFile = (text, emit) => COUNTERS.emit(text, 0, emit);

/** `/sys/devices/system/node/nodeN/numastat`; `subId` N + 1. */
export function numastatParser(subId: number): ParseFile {
  return (text, emit) => NUMA.emit(text, subId, emit);
}
