// Loaded into a command by --import: at its end, writes to USAGE_FILE the CPU time of the process, all threads, and its resident
// memory once a second.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const samples = [];
  const timer = setInterval(() => {
    samples.push({ atS: process.uptime(), rssBytes: process.memoryUsage.rss() });
  }, 1_000);
  timer.unref();
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    writeFileSync(process.env.USAGE_FILE, JSON.stringify({ cpuUs: userCPUTime + systemCPUTime, samples }));
  });
}
