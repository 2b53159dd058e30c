// An agent in a process of its own, told what to do by its parent: options as the first argument, questions and answers by IPC.
import { readdirSync, readFileSync } from 'node:fs';
import { realPorts, startGpuAgent } from '@fluidscope/gpu-agent';
import { startAgent } from '@fluidscope/agent';

const { fastHz, withHost } = JSON.parse(process.argv[2]);
const sampler = { library: process.env.FLUIDSCOPE_NVML_LIBRARY, fastHz, guard: 'keep', calibrationMs: 0 };
const source = startGpuAgent(
  { sampler },
  withHost ? realPorts() : { ...realPorts(), openHostSource: undefined },
);
// A small backlog: it is full before the measurement begins, so that memory that still grows is no stock being laid in.
const running = await startAgent({
  listen: { host: '127.0.0.1', port: 0 },
  source,
  linkLimits: { backlogBytes: 524_288 },
});
process.on('message', async (question) => {
  if (question === 'close') {
    await running.close();
    process.disconnect();
  } else process.send(look());
});
process.send({ url: running.url });

/** What it has cost so far, by thread, and what the sampler says of itself. */
function look() {
  const { gpu_source, gpus } = source.describe();
  return {
    atNs: Number(process.hrtime.bigint()),
    ...threadTimes(),
    rssBytes: process.memoryUsage.rss(),
    counters: source.counters(),
    lateness: gpu_source.lateness,
    gpusCount: gpus.length,
    state: gpu_source.state,
  };
}

/** The kernel's own count by thread, in ns: on a CPU, and ready to run without one. */
function threadTimes() {
  const cpuNsByThread = {};
  const waitNsByThread = {};
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      const isMain = thread === String(process.pid);
      const name = isMain ? 'main' : readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
      const [cpuNs, waitNs] = readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ');
      cpuNsByThread[name] = (cpuNsByThread[name] ?? 0) + Number(cpuNs);
      waitNsByThread[name] = (waitNsByThread[name] ?? 0) + Number(waitNs);
    } catch {
      // The thread ended meanwhile.
    }
  }
  return { cpuNsByThread, waitNsByThread };
}
