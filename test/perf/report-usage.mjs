// Loaded into a command by --import: at its end, writes to USAGE_FILE the CPU time of the process, all threads, and its resident
// memory, each with CLOCK_MONOTONIC, some twenty times a second.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const samples = [];
  const cpuUs = () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    return userCPUTime + systemCPUTime;
  };
  const sample = () =>
    samples.push({
      atS: process.uptime(),
      monoNs: Number(process.hrtime.bigint()),
      rssBytes: process.memoryUsage.rss(),
      cpuUs: cpuUs(),
    });
  sample();
  setInterval(sample, 50).unref();
  process.on('exit', () => {
    sample();
    writeFileSync(process.env.USAGE_FILE, JSON.stringify({ cpuUs: cpuUs(), samples }));
  });
}
