import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { NS_PER_MS, NS_PER_US } from '@fluidscope/units';
import type { ProcessUsage } from './loop-monitor.js';

/** What Node says of this process and this thread. */
export const NODE_PROCESS_USAGE: ProcessUsage = {
  cpuNs: () => {
    const { user, system } = process.cpuUsage();
    return { userNs: user * NS_PER_US, systemNs: system * NS_PER_US };
  },
  loopActiveNs: () => performance.eventLoopUtilization().active * NS_PER_MS,
  rssBytes: () => process.memoryUsage.rss(),
  heapUsedBytes: () => getHeapStatistics().used_heap_size,
};
